import type { IssueBook } from '../data/book.ts';
import type { IssueVersion } from '../data/version.ts';
import type { Worklog } from '../data/worklogs.ts';
import { type IssueStore, versionAt } from './store.ts';

/** A worklog's place in the order of changes. */
export interface WorklogEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly id: number;
  /** Place of its issue, or -1 if the site does not have the issue (recorded sites). */
  readonly n: number;
}

/** All worklogs of a site in order of their last change, and the deleted ones. */
export interface WorklogIndex {
  /** By time, then id. Readers skip entries whose worklog has changed since. Undefined until first used. */
  updated: WorklogEntry[] | undefined;
  deleted: WorklogEntry[];
  /** Place of the issue by worklog id. */
  places: Map<number, number>;
}

/** What an index is built from. */
export interface WorklogSource {
  store: IssueStore;
  book: IssueBook;
  worklogs: WorklogIndex;
}

export function worklogIndex(): WorklogIndex {
  return { updated: undefined, deleted: [], places: new Map() };
}

/** All worklogs by time of change. Built on first use. */
export function updatedEntries({ store, book, worklogs }: WorklogSource): readonly WorklogEntry[] {
  if (worklogs.updated) return worklogs.updated;
  const entries = book.strayWorklogs.map(({ id, updated }) => ({ at: updated, id, n: -1 }));
  for (let n = 0; n < store.rows.count; n++) {
    const version = versionAt(store, n);
    if (!version.deleted)
      for (const { id, updated } of book.worklogsOf(version)) entries.push({ at: updated, id, n });
  }
  entries.sort((a, b) => a.at - b.at || a.id - b.id);
  for (const { id, n } of entries) worklogs.places.set(id, n);
  worklogs.updated = entries;
  return entries;
}

/**
 * Records that a worklog was created or edited. Does nothing before the order is built, because that reads all
 * worklogs.
 */
export function noteUpdated({ worklogs }: WorklogSource, entry: WorklogEntry): void {
  if (!worklogs.updated) return;
  insert(worklogs.updated, entry);
  worklogs.places.set(entry.id, entry.n);
}

/** Records that a worklog was deleted. */
export function noteDeleted({ worklogs }: WorklogSource, entry: WorklogEntry): void {
  insert(worklogs.deleted, entry);
}

/** The current worklog with its issue, or undefined if either is gone. */
export function currentWorklog(
  source: WorklogSource,
  id: number,
): { version: IssueVersion; worklog: Worklog } | undefined {
  updatedEntries(source);
  const n = source.worklogs.places.get(id);
  if (n === undefined || n < 0) return undefined;
  const version = versionAt(source.store, n);
  const worklog = version.deleted ? undefined : source.book.worklogsOf(version).find((one) => one.id === id);
  return worklog && { version, worklog };
}

/** At most `limit` entries from `since` (inclusive) to `until` (exclusive), without outdated ones. */
export function entriesBetween(
  entries: readonly WorklogEntry[],
  since: number,
  until: number,
  limit: number,
  holds: (entry: WorklogEntry) => boolean,
): WorklogEntry[] {
  const found: WorklogEntry[] = [];
  for (let i = firstAt(entries, since); i < entries.length && found.length < limit; i++) {
    const entry = entries[i]!;
    if (entry.at >= until) break;
    if (holds(entry)) found.push(entry);
  }
  return found;
}

function insert(entries: WorklogEntry[], entry: WorklogEntry): void {
  const where = entries.findLastIndex(({ at, id }) => at < entry.at || (at === entry.at && id <= entry.id));
  entries.splice(where + 1, 0, entry);
}

function firstAt(entries: readonly WorklogEntry[], at: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
