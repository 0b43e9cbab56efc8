import type { Page } from '../../protocol/page.ts';
import { type Rows, type WindowRows, windowRows } from '../cursors/window-rows.ts';
import type { OpenScan } from './define.ts';

/** A record of the scan. */
export interface ScanRecord {
  readonly page: Page;
  readonly row: number;
  readonly key: string;
  /** Its place in the scan's order, ms since 1970. */
  readonly time: number;
  readonly rows: WindowRows;
}

/** The records of a page. @throws DataError for one without a key, or with a time that is none */
export function recordsOf(
  page: Page,
  { key, value }: Pick<OpenScan['definition'], 'key' | 'value'>,
): ScanRecord[] {
  const rows = windowRows(page, key, value);
  return rows.keys.map((key, row) => ({ page, row, key, time: rows.times[row]!, rows }));
}

/** Records of several pages, as a window takes them. */
export const rowsOf = (records: readonly ScanRecord[]): Rows => ({
  keys: records.map(({ key }) => key),
  times: records.map(({ time }) => time),
  hash: (i) => records[i]!.rows.hash(records[i]!.row),
  mark: (i) => records[i]!.rows.mark(records[i]!.row),
});
