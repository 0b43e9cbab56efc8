import { crc32 } from 'node:zlib';
import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import { hashHex } from './hash.ts';

/** What a time window needs of records. */
export interface Rows {
  readonly keys: readonly string[];
  /** Milliseconds since 1970; NaN for a record without a value. */
  readonly times: ArrayLike<number> & Iterable<number>;
  /** The hash of a row's bytes, as in a state: 16 hexadecimal digits. */
  hash(row: number): string;
  /** A 32-bit checksum of a row's bytes, only for use within the process. It is ten times as fast as the hash. */
  mark(row: number): number;
}

/** The rows of one page. Streams that share a scan share them, so each row is hashed once. */
export class WindowRows implements Rows {
  readonly page: Page;
  /** The selected values that they were read by. */
  readonly key: string;
  readonly value: string;
  readonly keys: readonly string[];
  readonly times: Float64Array;
  readonly #hashes: string[] = [];
  readonly #marks: number[] = [];

  constructor(page: Page, key: string, value: string, keys: readonly string[], times: Float64Array) {
    this.page = page;
    this.key = key;
    this.value = value;
    this.keys = keys;
    this.times = times;
  }

  hash(row: number): string {
    this.#hashes[row] ??= hashHex(this.page.record(row));
    return this.#hashes[row];
  }

  mark(row: number): number {
    this.#marks[row] ??= crc32(this.page.record(row));
    return this.#marks[row];
  }
}

/**
 * A record without a value (absent, null or empty) is a row with the time NaN.
 * @throws DataError for a record without a key, or with a value that is no timestamp
 */
export function windowRows(page: Page, key: string, value: string): WindowRows {
  const known = page.looked;
  if (
    known instanceof WindowRows &&
    known.key === key &&
    known.value === value &&
    known.keys.length === page.count
  )
    return known;
  const keys: string[] = [];
  const times = new Float64Array(page.count);
  for (let row = 0; row < page.count; row++) {
    keys.push(idOf(page, row, key, keys.at(-1)));
    const time = page.instant(row, value);
    if (Number.isNaN(time) && !isLacking(page, row, value)) throw unreadable(page, row, keys[row]!, value);
    times[row] = time;
  }
  const rows = new WindowRows(page, key, value, keys, times);
  page.looked = rows;
  return rows;
}

function isLacking(page: Page, row: number, value: string): boolean {
  const said = page.value(row, value);
  return said === undefined || said === null || said === '';
}

function unreadable(page: Page, row: number, key: string, value: string): DataError {
  const what = `record ${row + 1} of the ${page.count} of a page, ${key}, has a ${value} that is no timestamp`;
  return new DataError(what, {
    code: 'cursor.missing',
    place: value,
    hint: 'a time window needs a date with a time, or a number of milliseconds since 1970',
  });
}

/** A record's key as text. @param before the key of the previous row, for the error message. @throws DataError */
export function idOf(page: Page, row: number, key: string, before?: string): string {
  const id = page.id(row, key);
  if (id !== undefined) return id;
  const where = before === undefined ? '' : `, after the record ${before}`;
  throw new DataError(`record ${row + 1} of the ${page.count} of a page came without a ${key}${where}`, {
    code: 'cursor.missing',
    place: key,
    hint: `every record needs one: is ${key} the right value to identify it?`,
  });
}
