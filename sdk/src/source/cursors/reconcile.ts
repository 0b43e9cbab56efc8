import type { HeadraceError } from '../../errors.ts';
import { isShortList } from '../../http/index.ts';
import { isoUtc } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import { collected, halved } from '../halved.ts';
import { OWED_MOST, unreadableError } from '../unreadable.ts';
import type { HashSet } from './hash-set.ts';
import { gapOf, shortError } from './short.ts';
import { countChecked, type TimeRange } from './split-window.ts';
import type { TimeWindowOptions } from './time-window.ts';
import { idOf } from './window-rows.ts';

/** What was read is remembered as 16 to 32 bytes a row until the window ends: what bounds it is its rows. */
export interface ReconcileOptions {
  /**
   * Lists the keys of all rows of a range, as cheaply as the vendor can: lists of keys, or pages whose
   * selection has the window's key. Called where the count says that rows were missed.
   */
  readonly ids: (range: TimeRange) => AsyncIterable<Page | readonly string[]>;
  /** Brings rows by their keys as `read` would; one that is not brought has to be gone. Called for halves if it fails. */
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
  /** Told which of the rows that were missed are listed and cannot be read. */
  readonly owe: (ids: readonly string[], because: HeadraceError | undefined) => void;
  readonly warn: (message: string) => void;
}

/**
 * Pages of rows that exist in a range and were not read. A count that is higher than what was read raises
 * the suspicion – counts are approximate, and rows move out of a range while it is read – and a scan of the
 * ids decides it; if that is much shorter than a second count too, nobody knows what is missing.
 * @throws DataError `cursor.short` then; `record.unreadable` if too many rows are listed and cannot be fetched
 */
export async function* missedPages(job: MissedJob): AsyncGenerator<Page> {
  const { options, reconcile, range, met } = job;
  const most = reconcile.batch ?? 100;
  const unread = new Set<string>();
  let because: HeadraceError | undefined;
  let found = 0;

  async function* fetch(ids: readonly string[]): AsyncGenerator<Page> {
    const left = new Set(ids);
    const answers = halved(
      ids,
      (part) => collected(reconcile.fetch(part)),
      (_, error) => {
        because ??= error;
      },
    );
    for await (const pages of answers) {
      for (const page of pages) {
        for (let row = 0; row < page.count; row++) left.delete(page.id(row, options.key) ?? '');
        found += page.count;
        if (page.count > 0) yield page;
      }
    }
    for (const id of left) unread.add(id);
  }

  const before = await countChecked(options.count!, range);
  let rows = job.inRange();
  if (Math.max(before ?? 0, job.counted ?? 0) > rows) {
    const batch: string[] = [];
    try {
      for await (const ids of listedIds(reconcile, options.key, range)) {
        for (const id of ids) {
          if (!met.add(id)) continue;
          rows++;
          batch.push(id);
        }
        while (batch.length >= most) yield* fetch(batch.splice(0, most));
      }
    } catch (error) {
      // The count decides below whether it is too short.
      if (!isShortList(error)) throw error;
    }
    if (batch.length > 0) yield* fetch(batch);
  }
  if (found > 0) job.warn(`${found} records that a search did not bring were found by their ids`);
  if (unread.size > 0) await judge(job, unread, because);
  // An honest list is not counted twice.
  const gap =
    rows < (before ?? 0) ? gapOf(rows, before, await countChecked(options.count!, range)) : undefined;
  if (!gap) return;
  if (gap.isWide) throw shortError(nameOf(range), gap);
  job.warn(`${nameOf(range)} has ${gap.rows} rows, where ${gap.counted} are counted`);
}

/** What could not be fetched: gone in the meantime, or there and not to be read. */
async function judge(
  job: MissedJob,
  unread: ReadonlySet<string>,
  because: HeadraceError | undefined,
): Promise<void> {
  const there = new Set<string>();
  for await (const ids of listedIds(job.reconcile, job.options.key, job.whole))
    for (const id of ids) if (unread.has(id)) there.add(id);
  if (there.size > OWED_MOST) throw unreadableError([...there], because);
  job.owe([...there], because);
}

function nameOf({ since, until }: TimeRange): string {
  const from = since === undefined ? 'the beginning' : isoUtc(since);
  return `the range from ${from}${until === undefined ? '' : ` to ${isoUtc(until)}`}`;
}

/** All keys of a range, as `reconcile.ids` lists them. */
export async function* listedIds(
  reconcile: ReconcileOptions,
  key: string,
  range: TimeRange,
): AsyncGenerator<readonly string[]> {
  for await (const list of reconcile.ids(range)) {
    if (Array.isArray(list)) yield list as readonly string[];
    else yield keysOf(list as Page, key);
  }
}

/** @throws DataError for a listed record without a key */
function keysOf(page: Page, key: string): string[] {
  const ids: string[] = [];
  for (let row = 0; row < page.count; row++) {
    ids.push(idOf(page, row, key, ids.at(-1)));
  }
  return ids;
}
