import { type Project, projectNamed } from '../data/projects.ts';
import type { Change, IssueVersion } from '../data/version.ts';
import { type FirstRows, rowOfId } from './rows.ts';
import { indexOf, insertEntry, sweep, type UpdatedIndex } from './updatedIndex.ts';

/** The issues of a site: their initial values, the changes since the start, and what the search index has seen. */
export interface IssueStore {
  rows: FirstRows;
  projects: readonly Project[];
  /** Changes of each issue since the start. Most issues have no entry. */
  changes: Map<number, Change[]>;
  /** Times of commits pushed to each issue's Development panel since the start (ms since 1970). */
  pushes: Map<number, number[]>;
  /**
   * The version that search still shows for an issue with unindexed changes; -1 if its creation is not indexed
   * either.
   */
  hidden: Map<number, number>;
  /** Places of the issues that a security level hides from the account. */
  concealed: Set<number>;
  /** Changes that are not indexed yet, soonest first. */
  pending: { visibleAt: number; place: number; version: number }[];
  all: UpdatedIndex;
  byProject: UpdatedIndex[];
  /** Place of each issue by key, for keys created after the start and keys given up by a move. */
  laterKeys: Map<string, number>;
  /** Places of each project's initial issues, by number - 1. */
  firstKeys: Uint32Array[];
  /** The next issue number of each project. */
  nextNumbers: number[];
  /** Number of entries added to the indexes since the last sweep. */
  added: number;
}

/** Builds a store over rows, in O(n log n). */
export function issueStore(rows: FirstRows, projects: readonly Project[]): IssueStore {
  const places = new Uint32Array(rows.count).map((_, n) => n);
  const all = indexOf(places, rows.updated);
  const counts = new Uint32Array(projects.length);
  for (let n = 0; n < rows.count; n++) counts[rows.project[n]!]!++;
  const byProject = Array.from(counts, (count) => ({
    count: 0,
    place: new Uint32Array(count),
    at: new Float64Array(count),
  }));
  for (let i = 0; i < all.count; i++) {
    const index = byProject[rows.project[all.place[i]!]!]!;
    index.place[index.count] = all.place[i]!;
    index.at[index.count++] = all.at[i]!;
  }
  const laterKeys = new Map<string, number>();
  const nextNumbers = projects.map(() => 1);
  const firstKeys = Array.from(counts, (count) => new Uint32Array(count));
  for (let n = 0; n < rows.count; n++) {
    const keys = firstKeys[rows.project[n]!]!;
    const number = rows.number[n]!;
    nextNumbers[rows.project[n]!] = Math.max(nextNumbers[rows.project[n]!]!, number + 1);
    if (number <= keys.length) keys[number - 1] = n + 1;
    else laterKeys.set(`${projects[rows.project[n]!]!.key}-${number}`, n);
  }
  return {
    rows,
    projects,
    changes: new Map(),
    pushes: new Map(),
    hidden: new Map(),
    concealed: new Set(),
    pending: [],
    all,
    byProject,
    laterKeys,
    firstKeys,
    nextNumbers,
    added: 0,
  };
}

const NO_CHANGES: readonly Change[] = [];
const NO_PUSHES: readonly number[] = [];

/** The current issue, or the issue after its first `version` changes. */
export function versionAt(store: IssueStore, n: number, version?: number): IssueVersion {
  const { rows } = store;
  const all = store.changes.get(n);
  const changes =
    all === undefined
      ? NO_CHANGES
      : version === undefined || version === all.length
        ? all
        : all.slice(0, version);
  const last = changes.at(-1);
  const project = rows.project[n]!;
  const number = rows.number[n]!;
  return {
    n,
    id: rows.id[n]!,
    project: last?.project ?? project,
    number: last?.number ?? number,
    created: rows.created[n]!,
    firstUpdated: rows.updated[n]!,
    updated: last?.at ?? rows.updated[n]!,
    origin: { project, number },
    changes,
    deleted: last?.kind === 'delete',
    pushes: store.pushes.get(n) ?? NO_PUSHES,
  };
}

/** Number of changes of an issue that are indexed, or -1 if search does not know the issue. */
export function indexedVersion(store: IssueStore, n: number): number {
  return store.hidden.get(n) ?? store.changes.get(n)?.length ?? 0;
}

/** The last indexed change, if any. */
export function indexedChange(store: IssueStore, n: number): Change | undefined {
  return store.changes.get(n)?.[indexedVersion(store, n) - 1];
}

/** Place of an issue by id (`"10001"`) or key (`"ENG-1"`, including old keys of moved issues), or -1. */
export function placeOf(store: IssueStore, idOrKey: string): number {
  if (/^\d{1,10}$/.test(idOrKey)) return rowOfId(store.rows, Number(idOrKey));
  const later = store.laterKeys.get(idOrKey.toUpperCase());
  if (later !== undefined) return later;
  const [, key, number] = /^([A-Za-z][A-Za-z0-9_]*)-(\d{1,9})$/.exec(idOrKey) ?? [];
  const project = key === undefined ? undefined : projectNamed(store.projects, key);
  return (project === undefined ? 0 : (store.firstKeys[project.index]![Number(number) - 1] ?? 0)) - 1;
}

/** Makes changes visible to search once their lag is over. Call it before each search. */
export function settleIndex(store: IssueStore, now: number): void {
  let due = 0;
  while (due < store.pending.length && store.pending[due]!.visibleAt <= now) due++;
  for (const { place, version } of store.pending.splice(0, due)) showVersion(store, place, version);
}

/** Makes this version visible to search. Does nothing if search already shows it or a later one. */
export function showVersion(store: IssueStore, n: number, version: number): void {
  const newest = store.changes.get(n)?.length ?? 0;
  if (indexedVersion(store, n) >= version) return;
  if (version >= newest) store.hidden.delete(n);
  else store.hidden.set(n, version);
  const { updated, project } = versionAt(store, n, version);
  insertEntry(store.all, updated, n);
  insertEntry(store.byProject[project]!, updated, n);
  if (++store.added * 2 > store.rows.count + 4096) sweepIndexes(store);
}

function sweepIndexes(store: IssueStore): void {
  store.added = 0;
  const current = (n: number, at: number) => versionAt(store, n, indexedVersion(store, n)).updated === at;
  sweep(store.all, current);
  for (const [project, index] of store.byProject.entries()) {
    sweep(
      index,
      (n, at) => current(n, at) && versionAt(store, n, indexedVersion(store, n)).project === project,
    );
  }
}
