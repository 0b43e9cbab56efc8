import { type HeadraceError, type Page, pageOfRecords, type Select } from '@headrace/sdk';

/** A record from one page on its way to another one. */
export interface Row {
  readonly record: Uint8Array;
  /** See `Page.mended`. */
  readonly isMended: boolean;
}

export const rowOf = (page: Page<string, string>, row: number): Row => ({
  record: page.record(row),
  isMended: page.mended.has(row),
});

/** A record that could not be read, by its key. */
export interface Unread {
  readonly key: string;
  readonly error: HeadraceError | undefined;
}

/** A page of records from other pages, and of those that could not be read. */
export function pageOfRows<R extends string>(
  rows: readonly Row[],
  unread: readonly Unread[],
  select: Select<R>,
): Page<never, R> {
  const page = pageOfRecords(
    rows.map(({ record }) => record),
    select(''),
  );
  page.mended = new Set(rows.flatMap(({ isMended }, row) => (isMended ? [row] : [])));
  page.unreadable = unread.map(({ key }) => key);
  page.because = unread.find(({ error }) => error !== undefined)?.error;
  return page;
}
