import { DataError, isHeadraceError } from '../../errors.ts';

const CODE = 'cursor.short';
/** Counts are approximate: what stays within is told and believed. */
const FEW = 20;
const SHARE = 0.02;

/** A list of rows beside what the vendor counted before and after it. */
export interface CountGap {
  readonly rows: number;
  /** The lesser of both counts: rows come and go meanwhile. */
  readonly counted: number;
  /** More is missing than a count may be off. */
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

/** The error of a wide gap. @param what is short: `the range from 2026-05-01T00:00:00Z` */
export function shortError(what: string, { rows, counted }: CountGap): DataError {
  return new DataError(`${what} has ${rows} rows, where ${counted} are counted`, {
    code: CODE,
    hint: 'the vendor leaves rows out: they are looked for again by the next run',
  });
}

export function isShort(error: unknown): boolean {
  return isHeadraceError(error) && error.code === CODE;
}
