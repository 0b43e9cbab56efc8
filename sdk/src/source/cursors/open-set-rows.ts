import { Buffer } from 'node:buffer';
import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import { hashHex } from './hash.ts';
import { type Order, orderOfText } from './order-value.ts';

/** A row of a page, as a part of an open set judges it. */
export interface OpenSetRow {
  readonly id: string;
  readonly order: Order;
  readonly open: boolean;
  /** Of its bytes; empty if they are not compared. */
  readonly hash: string;
  /** The part accounts for it. */
  readonly mine: boolean;
  /** It was not requested by its id. */
  readonly listed: boolean;
  /** The value of `OpenSetOptions.born`. */
  readonly born: string | undefined;
}

/** A page, as a part of an open set judges it. */
export interface OpenSetPage {
  readonly page: Page;
  readonly rows: readonly OpenSetRow[];
  readonly fresh: Uint8Array;
}

/** The hash of a record's bytes without the values of some members. @param aside names of selected values */
export function hashWithout(page: Page, row: number, aside: readonly string[]): string {
  const present = aside.filter((name) => page.has(row, name)).map((name) => page.raw(row, name));
  if (present.length === 0) return hashHex(page.record(row));
  present.sort((a, b) => a.byteOffset - b.byteOffset);
  const [start, end] = page.span(row);
  const parts: Uint8Array[] = [];
  let from = start;
  for (const value of present) {
    const at = value.byteOffset - page.bytes.byteOffset;
    // One of them may be inside another.
    if (at >= from) parts.push(page.bytes.subarray(from, at));
    from = Math.max(from, at + value.length);
  }
  parts.push(page.bytes.subarray(from, end));
  return hashHex(Buffer.concat(parts));
}

/** A number by its digits, in quotes or not; a timestamp in ms. @throws DataError */
export function orderOf(page: Page, row: number, id: string, order: string): Order {
  const text = page.id(row, order);
  const value = text === undefined ? undefined : orderOfText(text);
  if (value !== undefined) return value;
  const instant = page.instant(row, order);
  if (!Number.isNaN(instant)) return instant;
  throw new DataError(`the record ${id}, ${row + 1} of a page, came without a readable ${order}`, {
    code: 'cursor.missing',
    place: order,
    hint: `every record needs one: is ${order} the right value to order by?`,
  });
}

/** The previous page of a list: the listed ids, and the order of the last one. */
export interface ListedPage {
  readonly ids: ReadonlySet<string>;
  readonly last: Order;
}

/** @returns undefined if nothing on the page was listed */
export function listedPage(rows: readonly OpenSetRow[]): ListedPage | undefined {
  const listed = rows.filter((row) => row.listed);
  return listed.length === 0
    ? undefined
    : { ids: new Set(listed.map(({ id }) => id)), last: listed.at(-1)!.order };
}

/**
 * A list that is not in its order would count as read where it is not. The order is checked within a page and from page
 * to page, except that a page may overlap the one before.
 * @throws DataError
 */
export function checkOrder(
  rows: readonly OpenSetRow[],
  before: ListedPage | undefined,
  descending: boolean,
  name: string,
): void {
  const overlaps = rows.some(({ id }) => before?.ids.has(id));
  let last = overlaps ? undefined : before?.last;
  for (const { id, order, listed } of rows) {
    if (!listed) continue;
    if (last !== undefined && (descending ? order > last : order < last)) {
      const message = `the list is not in the order of ${name}: ${order} (${id}) comes after ${last}`;
      throw new DataError(message, {
        code: 'cursor.order',
        place: name,
        hint: `request the list ordered by ${name}, ${descending ? 'newest' : 'oldest'} first; if that is not possible, use the cursor changedOnly`,
      });
    }
    last = order;
  }
}
