import { DataError, isHeadraceError } from '../../errors.ts';

const CODE = 'list.short';

/**
 * A list came to its end and may have more rows: the vendor's own total says so, or it ended at a round number, as a
 * list does of which a server shows a window. Thrown behind the last page: everything that came is good. Totals may
 * count hidden rows and a list may be as long as that, so the engine takes the same gap for the truth when the next
 * run finds it again.
 */
export class ShortListError extends DataError {
  /** Method and path, no query. */
  readonly list: string;
  /** Distinct rows that came. */
  readonly rows: number;
  /** Rows that the vendor counts; undefined if it does not. */
  readonly total: number | undefined;

  constructor(list: string, rows: number, total: number | undefined) {
    const message =
      total === undefined
        ? `${list} ended after ${rows} rows: the server may show no more of a longer list`
        : `${list} brought ${rows} of the ${total} rows that it counts`;
    const truth =
      total === undefined
        ? 'the list is as long as that'
        : 'the total counts rows that this account may not see';
    super(message, {
      code: CODE,
      place: list,
      hint: `it is read again by the next run; the same gap then means that ${truth}`,
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
