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

/** What was listed last: the ids of a page, and the order of its last row. */
export interface ListedPage {
  readonly ids: ReadonlySet<string>;
  readonly last: Order;
}

/** @returns undefined for a page of which nothing was listed */
export function listedPage(rows: Looked['rows']): ListedPage | undefined {
  const listed = rows.filter((row) => row.listed);
  return listed.length === 0
    ? undefined
    : { ids: new Set(listed.map(({ id }) => id)), last: listed.at(-1)!.order };
}

/**
 * A list that is not in its order would be taken for read where it is not: within a page, and from page to page; but
 * a page may overlap the one before.
 * @throws DataError
 */
export function checkOrder(
  rows: Looked['rows'],
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
        hint: `ask the vendor for the order of ${name}, the ${descending ? 'newest' : 'oldest'} first; if there is none, take the cursor changedOnly`,
      });
    }
    last = order;
  }
}
