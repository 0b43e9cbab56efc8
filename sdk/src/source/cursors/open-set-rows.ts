import { DataError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import { keyOf } from './window-rows.ts';

/** What a part made of a page. */
export interface Looked {
  readonly page: Page;
  readonly rows: Array<{
    readonly id: string;
    readonly order: number;
    readonly open: boolean;
    readonly hash: string;
    /** It belongs to what this part accounts for. */
    readonly mine: boolean;
    /** It was not asked for by its id. */
    readonly listed: boolean;
  }>;
  readonly fresh: Uint8Array;
}

/** @throws DataError */
export function idOf(page: Page, row: number, key: string): string {
  const id = keyOf(page, row, key);
  if (id !== undefined) return id;
  throw new DataError(`a record came without a ${key}`, { code: 'cursor.missing', place: key });
}

/** A number as it is, a timestamp in ms. @throws DataError */
export function orderOf(page: Page, row: number, order: string): number {
  const instant = page.instant(row, order);
  const value = Number.isNaN(instant) ? page.value(row, order) : instant;
  if (typeof value === 'number') return value;
  throw new DataError(`a record came without a readable ${order}`, { code: 'cursor.missing', place: order });
}

/** A list that is not in its order would be taken for read where it is not. @throws DataError */
export function checkOrder(rows: Looked['rows'], descending: boolean, name: string): void {
  let last: number | undefined;
  for (const { order, listed } of rows) {
    if (!listed) continue;
    if (last !== undefined && (descending ? order > last : order < last)) {
      const message = `a page is not in the order of ${name}: ${order} comes after ${last}`;
      throw new DataError(message, { code: 'cursor.order', place: name });
    }
    last = order;
  }
}
