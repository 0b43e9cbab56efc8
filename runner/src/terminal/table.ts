import { printable } from '@headrace/sdk/protocol';
import Table from 'cli-table3';
import stringWidth from 'string-width';

/** A column of a table for people. */
export interface TableColumn {
  readonly name: string;
  readonly align?: 'left' | 'right';
  /** Its cells may be cut if the table is too wide. Numbers are not cut, because a cut number is another one. */
  readonly cut?: boolean;
}

/** What a border and the space beside it take from a row. */
const FRAME = 3;
/** Cells are not cut to less than this. */
const LEAST = 8;

/**
 * The lines of a table that is at most `width` wide, as far as its columns can be cut. Cells may hold anybody's text.
 */
export function table(
  columns: readonly TableColumn[],
  rows: ReadonlyArray<readonly string[]>,
  width: number,
): string[] {
  const shown = rows.map((row) => row.map((cell) => printable(cell)));
  const heads = columns.map(({ name }) => printable(name));
  const widths = heads.map((head, k) =>
    Math.max(stringWidth(head), ...shown.map((row) => stringWidth(row[k] ?? ''))),
  );
  shrink(widths, columns, width);
  const drawn = new Table({
    head: heads,
    colWidths: widths.map((one) => one + 2),
    colAligns: columns.map(({ align = 'left' }) => align),
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...shown);
  return drawn.toString().split('\n');
}

/** Takes from the widest column that may be cut, until the table fits. */
function shrink(widths: number[], columns: readonly TableColumn[], width: number): void {
  for (let over = tableWidth(widths) - width; over > 0; ) {
    const cuttable = widths.flatMap((one, k) => (columns[k]?.cut && one > LEAST ? [k] : []));
    if (cuttable.length === 0) return;
    const [widest = 0] = cuttable.sort((a, b) => widths[b]! - widths[a]!);
    const next = widths[cuttable[1] ?? -1] ?? LEAST;
    // Down to the next widest one at once, so that a cell of a megabyte costs no million steps.
    const take = Math.max(1, Math.min(over, widths[widest]! - Math.max(LEAST, next)));
    widths[widest]! -= take;
    over -= take;
  }
}

/** How wide a table with cells of these widths is. */
function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one + FRAME, 1);
}

/** How many columns of these widths fit beside each other; at least one. */
export function fitting(widths: readonly number[], width: number): number {
  let count = 1;
  while (count < widths.length && tableWidth(widths.slice(0, count + 1)) <= width) count++;
  return count;
}
