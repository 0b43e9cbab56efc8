import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import { type Order, orderOfText } from './order-value.ts';

/** What a part made of a page. */
export interface Looked {
  readonly page: Page;
  readonly rows: Array<{
    readonly id: string;
    readonly order: Order;
    readonly open: boolean;
    readonly hash: string;
    /** It belongs to what this part accounts for. */
    readonly mine: boolean;
    /** It was not asked for by its id. */
    readonly listed: boolean;
  }>;
  readonly fresh: Uint8Array;
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

/** A list that is not in its order would be taken for read where it is not. @throws DataError */
export function checkOrder(rows: Looked['rows'], descending: boolean, name: string): void {
  let last: Order | undefined;
  for (const { order, listed } of rows) {
    if (!listed) continue;
    if (last !== undefined && (descending ? order > last : order < last)) {
      const message = `a page is not in the order of ${name}: ${order} comes after ${last}`;
      throw new DataError(message, { code: 'cursor.order', place: name });
    }
    last = order;
  }
}
