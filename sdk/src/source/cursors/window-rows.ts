import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import { hashOfRow, markOfRow } from './row-bytes.ts';

/** What a time window reads of records. */
export interface Rows {
  readonly keys: readonly string[];
  /** Milliseconds since 1970; NaN for a record that lacks a readable value. */
  readonly times: ArrayLike<number> & Iterable<number>;
  /** See `hashOfRow`. */
  readonly hash: (row: number) => string;
  /** See `markOfRow`. */
  readonly mark: (row: number) => number;
}

/** The rows of one page. */
export interface WindowRows extends Rows {
  readonly page: Page;
}

/** A record without a readable value is a row with the time NaN. @throws DataError for a record without a key */
export function windowRows(page: Page, key: string, value: string): WindowRows {
  const keys: string[] = [];
  const times = new Float64Array(page.count);
  for (let row = 0; row < page.count; row++) {
    keys.push(idOf(page, row, key, keys.at(-1)));
    times[row] = page.instant(row, value);
  }
  return { page, keys, times, hash: (row) => hashOfRow(page, row), mark: (row) => markOfRow(page, row) };
}

/** A record's key as text. @param before the key of the row before: it says where. @throws DataError */
export function idOf(page: Page, row: number, key: string, before?: string): string {
  const id = page.id(row, key);
  if (id !== undefined) return id;
  const where = before === undefined ? '' : `, behind the record ${before}`;
  throw new DataError(`record ${row + 1} of the ${page.count} of a page came without a ${key}${where}`, {
    code: 'cursor.missing',
    place: key,
    hint: `every record needs one: is ${key} the right value to identify it by?`,
  });
}
