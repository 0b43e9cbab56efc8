import { DataError, isHeadraceError } from '../../errors.ts';

const CODE = 'list.short';

/**
 * A list ended but may have more rows. Either the vendor's own total says so, or it ended at a round number, like
 * a list of which the server shows only a window. Thrown after the last page; all rows received are good. A total
 * may include hidden rows, and a list may really have a round length. So if the next run finds the same gap, the
 * engine accepts it.
 */
export class ShortListError extends DataError {
  /** Method and path, no query. */
  readonly list: string;
  /** Distinct rows received. */
  readonly rows: number;
  /** The vendor's total; undefined if it reports none. */
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

/** Also recognises errors from another copy of the SDK. */
export function isShortList(error: unknown): error is ShortListError {
  return isHeadraceError(error) && error.code === CODE;
}
