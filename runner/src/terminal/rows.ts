import { isWritten } from '../engine/numbers.ts';
import type { Row } from '../engine/rows-of.ts';
import { fitting, type TableColumn, table } from './table.ts';
import { count, megabytes, minute } from './text.ts';

/** At most this many rows are shown. */
const MOST_ROWS = 100;
/** A cell that may be cut counts as this wide when columns are chosen. */
const WIDE = 40;

/**
 * Rows as a table for people: first the columns that matter, then what else has room; how a value is shown follows from
 * its name (`…_at`, `…bytes`). Of many rows the last ones are shown.
 * @param first names of columns in the order of their weight; those that the rows do not have are left out
 */
export function rowTable(rows: readonly Row[], first: readonly string[], width: number): string[] {
  const known = new Set(rows.flatMap((row) => Object.keys(row)));
  const names = [...first.filter((name) => known.delete(name)), ...known];
  const shown = rows.slice(-MOST_ROWS);
  const cells = shown.map((row) => names.map((name) => cellOf(name, row[name])));
  const widths = names.map((name, k) =>
    Math.max(name.length, ...cells.map((row) => Math.min(WIDE, row[k]!.length))),
  );
  const fit = fitting(widths, width);
  const columns = names.slice(0, fit).map((name): TableColumn => {
    const isNumber =
      shown.some((row) => typeof row[name] === 'number') || shown.some((row) => isWritten(row[name]));
    const isText = shown.some((row) => typeof row[name] === 'string') && !name.endsWith('_at');
    return { name: headOf(name), align: isNumber ? 'right' : 'left', cut: isText };
  });
  const lines = table(
    columns,
    cells.map((row) => row.slice(0, fit)),
    width,
  );
  if (rows.length > MOST_ROWS)
    lines.push(`the last ${MOST_ROWS} of ${count(rows.length)} rows; --json has all`);
  if (fit < names.length) lines.push(`not shown: ${names.slice(fit).map(headOf).join(', ')}; --json has all`);
  return lines;
}

function headOf(name: string): string {
  return name.replaceAll('_', ' ');
}

function cellOf(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (name.endsWith('_at') && (typeof value === 'string' || typeof value === 'number')) return minute(value);
  if (typeof value === 'number') return name.endsWith('bytes') ? megabytes(value) : count(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
