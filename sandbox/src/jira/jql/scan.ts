import type { IssueVersion } from '../data/version.ts';
import { type IssueStore, indexedChange, indexedVersion, versionAt } from '../store/store.ts';
import { lowerBound } from '../store/updatedIndex.ts';
import { comparePositions, type Order, orderOf, type SortKey } from './order.ts';
import type { Probe, Query } from './query.ts';

/** The end of a page: the sort keys and the place of its last issue. The next page begins after it. */
export interface Position {
  keys: SortKey[];
  n: number;
}

/** One page of a search. */
export interface Page {
  versions: IssueVersion[];
  /** Absent on the last page. */
  next?: Position;
}

/** Fills the probe with the indexed values of an issue. Returns false if search does not show the issue. */
function look(store: IssueStore, n: number, probe: Probe): boolean {
  const { rows } = store;
  const changed = store.changes.size > 0 || store.hidden.size > 0;
  const last = changed ? indexedChange(store, n) : undefined;
  if (last?.kind === 'delete' || (changed && indexedVersion(store, n) < 0)) return false;
  probe.n = n;
  probe.id = rows.id[n]!;
  probe.created = rows.created[n]!;
  probe.project = last?.project ?? rows.project[n]!;
  probe.number = last?.number ?? rows.number[n]!;
  probe.updated = last?.at ?? rows.updated[n]!;
  return shown(store, probe.project) && !store.concealed.has(n);
}

function shown(store: IssueStore, project: number): boolean {
  const { visible, status } = store.projects[project]!;
  return visible && status === 'live';
}

function emptyProbe(): Probe {
  return { n: 0, id: 0, project: 0, number: 0, created: 0, updated: 0 };
}

/**
 * Visits the matches after `after` in the query's order until `visit` returns false. The probe object is reused.
 * Reads the index as it is now, so each page of a search reflects the state at its own time.
 */
function scan(
  store: IssueStore,
  query: Query,
  order: Order,
  after: Position | undefined,
  visit: (probe: Probe) => boolean,
): void {
  if (order.by === 'updated') scanUpdated(store, query, order.descending, after, visit);
  else if (order.by === 'place') scanPlaces(store, query, order.descending, after, visit);
  else scanSorted(store, query, order, after, visit);
}

function scanUpdated(
  store: IssueStore,
  query: Query,
  descending: boolean,
  after: Position | undefined,
  visit: (probe: Probe) => boolean,
): void {
  const { project, updatedFrom, updatedTo } = query.bounds;
  const index = project === undefined ? store.all : store.byProject[project]!;
  const step = descending ? -1 : 1;
  const at = after?.keys[0] as number;
  let i: number;
  if (descending)
    i = (after ? lowerBound(index, at, after.n) : lowerBound(index, updatedTo, Number.POSITIVE_INFINITY)) - 1;
  else i = after ? lowerBound(index, at, after.n + 1) : lowerBound(index, updatedFrom, 0);
  const probe = emptyProbe();
  for (; i >= 0 && i < index.count; i += step) {
    const updated = index.at[i]!;
    if (descending ? updated < updatedFrom : updated > updatedTo) return;
    if (!look(store, index.place[i]!, probe) || probe.updated !== updated) continue;
    if (query.matches(probe) && !visit(probe)) return;
  }
}

function scanPlaces(
  store: IssueStore,
  query: Query,
  descending: boolean,
  after: Position | undefined,
  visit: (probe: Probe) => boolean,
): void {
  const step = descending ? -1 : 1;
  const probe = emptyProbe();
  for (
    let n = after ? after.n + step : descending ? store.rows.count - 1 : 0;
    n >= 0 && n < store.rows.count;
    n += step
  ) {
    if (look(store, n, probe) && query.matches(probe) && !visit(probe)) return;
  }
}

/** Handles any other order by collecting and sorting all matches for each page. Correct but slow. */
function scanSorted(
  store: IssueStore,
  query: Query,
  order: Order,
  after: Position | undefined,
  visit: (probe: Probe) => boolean,
): void {
  const found: (Position & { probe: Probe })[] = [];
  scanPlaces(store, query, false, undefined, (probe) => {
    const position = { keys: order.keysOf(probe), n: probe.n };
    if (!after || comparePositions(order, position, after) > 0)
      found.push({ ...position, probe: { ...probe } });
    return true;
  });
  found.sort((a, b) => comparePositions(order, a, b));
  for (const { probe } of found) if (!visit(probe)) return;
}

/**
 * Reads one page.
 * @param fresh places to read in their current version instead of the indexed one (the vendor's `reconcileIssues`)
 */
export function pageOf(
  store: IssueStore,
  query: Query,
  limit: number,
  after?: Position,
  fresh: ReadonlySet<number> = new Set(),
): Page {
  const order = orderOf(query.orderBy, store.projects);
  const found: (Position & { version: number | undefined })[] = [];
  scan(store, query, order, after, (probe) => {
    if (!fresh.has(probe.n))
      found.push({ keys: order.keysOf(probe), n: probe.n, version: indexedVersion(store, probe.n) });
    return found.length <= limit;
  });
  for (const n of fresh) {
    const probe = versionAt(store, n);
    const position = { keys: order.keysOf(probe), n, version: undefined };
    if (probe.deleted || !shown(store, probe.project) || store.concealed.has(n) || !query.matches(probe))
      continue;
    if (!after || comparePositions(order, position, after) > 0) found.push(position);
  }
  if (fresh.size > 0) found.sort((a, b) => comparePositions(order, a, b));
  const last = found[limit - 1];
  const versions = found.slice(0, limit).map(({ n, version }) => versionAt(store, n, version));
  return found.length > limit && last ? { versions, next: { keys: last.keys, n: last.n } } : { versions };
}

/** Number of matching issues according to the index. */
export function countOf(store: IssueStore, query: Query): number {
  let count = 0;
  scan(
    store,
    query,
    orderOf([{ field: 'updated', descending: false }], store.projects),
    undefined,
    () => ++count > 0,
  );
  return count;
}
