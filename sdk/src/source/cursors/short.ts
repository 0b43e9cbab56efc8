import { DataError, isHeadraceError } from '../../errors.ts';

const CODE = 'cursor.short';
/** Counts are approximate. A gap within these limits is only reported. */
const FEW = 20;
const SHARE = 0.02;

/** A list that has fewer rows than the vendor counted before and after it. */
export interface CountGap {
  readonly rows: number;
  /** The smaller of the two counts, because rows come and go in the meantime. */
  readonly counted: number;
  /** More is missing than a count can be wrong by. */
  readonly isWide: boolean;
}

/** @returns undefined if the list is not shorter than both counts, or there are none */
export function gapOf(
  rows: number,
  before: number | undefined,
  after: number | undefined,
): CountGap | undefined {
  const counted = Math.min(before ?? 0, after ?? 0);
  if (rows >= counted) return undefined;
  return { rows, counted, isWide: counted - rows > Math.max(FEW, SHARE * counted) };
}

/** The error for a wide gap. @param what the short list: `the range from 2026-05-01T00:00:00Z` */
export function shortError(what: string, { rows, counted }: CountGap): DataError {
  return new DataError(`${what} has ${rows} rows, where ${counted} are counted`, {
    code: CODE,
    hint: 'the vendor leaves out rows; the next run looks for them again',
  });
}

export function isShort(error: unknown): boolean {
  return isHeadraceError(error) && error.code === CODE;
}
