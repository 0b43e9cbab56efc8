import type { HeadraceError } from '../../errors.ts';
import { isShortList } from '../../http/index.ts';
import { isoUtc } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import { collected, halved } from '../halved.ts';
import { OWED_MOST, unreadableError } from '../unreadable.ts';
import type { HashSet } from './hash-set.ts';
import { gapOf, shortError } from './short.ts';
import { type CountRows, countChecked, type TimeRange } from './split-window.ts';

/** `fetch` gets at most this many keys. */
export const MOST_KEYS = 100;

/** A range that was read to its end, and how to check that nothing is missing from it. */
export interface Reconciliation {
  readonly range: TimeRange;
  readonly count: CountRows;
  /** Lists the keys of all rows of the range. Called if the count is higher than what was read. */
  readonly ids: (range: TimeRange) => AsyncIterable<readonly string[]>;
  /** Returns rows by their keys. If it fails, it is called again for halves of them. */
  readonly fetch: (ids: readonly string[]) => AsyncIterable<Page>;
  /** The selected value that identifies a row. */
  readonly key: string;
  /** The count of the range before it was read, if known. */
  readonly countedBefore: number | undefined;
  /** The keys that were read. A hash takes 16 to 32 bytes, and they are dropped at the end of the window. */
  readonly met: HashSet;
  /** How many of the rows that were read are in the range. */
  readonly inRange: () => number;
  /** Called with the missing rows that are listed but cannot be read. */
  readonly owe: (ids: readonly string[], because: HeadraceError | undefined) => void;
  readonly warn: (message: string) => void;
}

/**
 * Pages of rows that exist in a range and were not read. A count that is higher than what was read is only a
 * suspicion, because counts are approximate and rows leave the range while it is read. The list of ids decides. If
 * even that is much shorter than a second count, it is unknown what is missing.
 * @throws DataError `cursor.short` in that case; `record.unreadable` if too many rows are listed and cannot be
 *   fetched
 */
export async function* missedPages(range: Reconciliation): AsyncGenerator<Page> {
  const { met, warn } = range;
  const unread = new Set<string>();
  let because: HeadraceError | undefined;
  let found = 0;

  async function* fetch(ids: readonly string[]): AsyncGenerator<Page> {
    const left = new Set(ids);
    const answers = halved(
      ids,
      (part) => collected(range.fetch(part)),
      (_, error) => {
        because ??= error;
      },
    );
    for await (const pages of answers) {
      for (const page of pages) {
        for (let row = 0; row < page.count; row++) left.delete(page.id(row, range.key) ?? '');
        found += page.count;
        if (page.count > 0) yield page;
      }
    }
    for (const id of left) unread.add(id);
  }

  const counted = await countChecked(range.count, range.range);
  let rows = range.inRange();
  if (Math.max(counted ?? 0, range.countedBefore ?? 0) > rows) {
    const batch: string[] = [];
    try {
      for await (const ids of range.ids(range.range)) {
        for (const id of ids) {
          if (!met.add(id)) continue;
          rows++;
          batch.push(id);
        }
        while (batch.length >= MOST_KEYS) yield* fetch(batch.splice(0, MOST_KEYS));
      }
    } catch (error) {
      // Whether it is too short is decided by the count below.
      if (!isShortList(error)) throw error;
    }
    if (batch.length > 0) yield* fetch(batch);
  }
  if (found > 0) warn(`${found} records that a search did not return were found by their ids`);
  if (unread.size > 0) await oweListed(range, unread, because);
  // If the list matches the first count, there is no second one.
  const gap =
    rows < (counted ?? 0) ? gapOf(rows, counted, await countChecked(range.count, range.range)) : undefined;
  if (!gap) return;
  if (gap.isWide) throw shortError(nameOf(range.range), gap);
  warn(`${nameOf(range.range)} has ${gap.rows} rows, where ${gap.counted} are counted`);
}

/** Of the rows that could not be fetched, those that are still listed exist and are owed; the others are gone. */
async function oweListed(
  { ids, range, owe }: Reconciliation,
  unread: ReadonlySet<string>,
  because: HeadraceError | undefined,
): Promise<void> {
  const there = new Set<string>();
  for await (const some of ids(range)) for (const id of some) if (unread.has(id)) there.add(id);
  if (there.size > OWED_MOST) throw unreadableError([...there], because);
  owe([...there], because);
}

function nameOf({ since, until }: TimeRange): string {
  const from = since === undefined ? 'the beginning' : isoUtc(since);
  return `the range from ${from}${until === undefined ? '' : ` to ${isoUtc(until)}`}`;
}
