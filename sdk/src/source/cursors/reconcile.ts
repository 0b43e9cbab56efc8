import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { HashSet } from './hash-set.ts';
import { countChecked, type TimeRange } from './split-window.ts';
import type { TimeWindowOptions } from './time-window.ts';

/** What was read is remembered as 16 to 32 bytes a row until the window ends: what bounds it is its rows. */
export interface ReconcileOptions {
  /**
   * Lists the keys of all rows of a range, as cheaply as the vendor can: lists of keys, or pages whose
   * selection has the window's key. Called where the count says that rows were missed.
   */
  readonly ids: (range: TimeRange) => AsyncIterable<Page | readonly string[]>;
  /** Brings rows by their keys as `read` would; one that is not brought has to be gone. */
  readonly fetch: (ids: readonly string[]) => AsyncIterable<Page>;
  /** Keys a call of `fetch` is given at most; → 100. */
  readonly batch?: number;
}

/** One window that `read` has brought to its end. */
export interface MissedJob {
  readonly options: TimeWindowOptions;
  readonly reconcile: ReconcileOptions;
  /** What was read in this run. */
  readonly range: TimeRange;
  /** The window with what earlier runs read of it. */
  readonly whole: TimeRange;
  /** Rows that were counted in it before it was read. */
  readonly counted: number | undefined;
  /** Keys that were read in this run. */
  readonly met: HashSet;
  /** How many of the rows that were read stand within the range. */
  readonly inRange: () => number;
  /** Keys that an earlier run could not read. */
  readonly owed: () => readonly string[];
  readonly owe: (ids: readonly string[]) => void;
  readonly warn: (message: string) => void;
}

/** So many unreadable keys a state keeps; with more of them the window is read again. */
const OWED_MOST = 1000;

/**
 * Pages of rows that exist in a range and were not read. A count that is higher than what was read raises
 * the suspicion – counts are approximate, and rows move out of a range while it is read – and a scan of the
 * ids decides it.
 * @throws DataError where a row is listed and cannot be fetched
 */
export async function* missedPages(job: MissedJob): AsyncGenerator<Page> {
  const { options, reconcile, range, met } = job;
  const most = reconcile.batch ?? 100;
  const unread = new Set<string>();
  let found = 0;

  async function* fetch(ids: readonly string[]): AsyncGenerator<Page> {
    const left = new Set(ids);
    for await (const page of reconcile.fetch(ids)) {
      for (let row = 0; row < page.count; row++) left.delete(page.id(row, options.key) ?? '');
      found += page.count;
      yield page;
    }
    for (const id of left) unread.add(id);
  }

  // What became readable again may have come with the search.
  const owed = job.owed().filter((id) => met.add(id));
  for (let at = 0; at < owed.length; at += most) yield* fetch(owed.slice(at, at + most));

  const expected = Math.max((await countChecked(options.count!, range)) ?? 0, job.counted ?? 0);
  if (expected > job.inRange()) {
    const batch: string[] = [];
    for await (const ids of listed(job, range)) {
      for (const id of ids) if (met.add(id)) batch.push(id);
      while (batch.length >= most) yield* fetch(batch.splice(0, most));
    }
    if (batch.length > 0) yield* fetch(batch);
  }
  if (found > 0) job.warn(`${found} records that a search did not bring were found by their ids`);
  if (unread.size > 0) await judge(job, unread);
}

/** What could not be fetched: gone in the meantime, or there and not to be read. */
async function judge(job: MissedJob, unread: ReadonlySet<string>): Promise<void> {
  const there: string[] = [];
  for await (const ids of listed(job, job.whole)) for (const id of ids) if (unread.has(id)) there.push(id);
  const owed = [...new Set(there)];
  job.owe(owed.length > OWED_MOST ? [] : owed);
  if (owed.length === 0) return;
  const named = owed.slice(0, 5).join(', ');
  throw new DataError(
    `${owed.length} records are listed and cannot be read: ${named}${owed.length > 5 ? ', …' : ''}`,
    { code: 'cursor.unreadable', hint: 'they are asked for again by the next run' },
  );
}

async function* listed(
  { reconcile, options }: MissedJob,
  range: TimeRange,
): AsyncGenerator<readonly string[]> {
  for await (const list of reconcile.ids(range)) {
    if (Array.isArray(list)) yield list as readonly string[];
    else yield keysOf(list as Page, options.key);
  }
}

/** @throws DataError for a listed record without a key */
function keysOf(page: Page, key: string): string[] {
  const ids: string[] = [];
  for (let row = 0; row < page.count; row++) {
    const id = page.id(row, key);
    if (id === undefined)
      throw new DataError(`a record came without a ${key}`, { code: 'cursor.missing', place: key });
    ids.push(id);
  }
  return ids;
}
