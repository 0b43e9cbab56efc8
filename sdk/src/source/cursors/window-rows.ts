import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';

/** What a time window reads of records. */
export interface Rows {
  readonly keys: readonly string[];
  /** Milliseconds since 1970. */
  readonly times: ArrayLike<number> & Iterable<number>;
}

/** The rows of one page. */
export interface WindowRows extends Rows {
  readonly page: Page;
}

/** @throws DataError for a record without a key or without a readable value */
export function windowRows(page: Page, key: string, value: string): WindowRows {
  const keys: string[] = [];
  const times = new Float64Array(page.count);
  for (let row = 0; row < page.count; row++) {
    const time = page.instant(row, value);
    const id = keyOf(page, row, key);
    if (id === undefined || Number.isNaN(time)) {
      const message = `a record came without a ${key} or a readable ${value}`;
      throw new DataError(message, { code: 'cursor.missing', place: `${key} ${id}` });
    }
    keys.push(id);
    times[row] = time;
  }
  return { page, keys, times };
}

/** A record's key as text; undefined where it is neither a string nor a number. */
export function keyOf(page: Page, row: number, key: string): string | undefined {
  const id = page.text(row, key) ?? page.value(row, key);
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
