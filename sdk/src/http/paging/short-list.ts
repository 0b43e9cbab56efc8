import { DataError, isHeadraceError } from '../../errors.ts';

const CODE = 'list.short';

/**
 * A list came to its end while the vendor's own total said that it has more rows. Thrown behind the last page:
 * everything that came is good. Totals may count hidden rows, so the engine takes the same gap for the truth when
 * the next run finds it again.
 */
export class ShortListError extends DataError {
  /** Method and path, no query. */
  readonly list: string;
  /** Distinct rows that came. */
  readonly rows: number;
  /** Rows that the vendor counts. */
  readonly total: number;

  constructor(list: string, rows: number, total: number) {
    super(`${list} brought ${rows} of the ${total} rows that it counts`, {
      code: CODE,
      place: list,
      hint: 'it is read again by the next run; the same gap then means that the total counts rows that this account may not see',
    });
    this.list = list;
    this.rows = rows;
    this.total = total;
  }
}

/** Also of another copy of the SDK. */
export function isShortList(error: unknown): error is ShortListError {
  return isHeadraceError(error) && error.code === CODE;
}
