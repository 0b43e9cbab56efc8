import Table from 'cli-table3';
import { printable, printableJson } from '../../protocol/printable.ts';
import type { Column } from './columns.ts';

const NUMBER = new Intl.NumberFormat('en-US');

/** `12,345` */
export function count(value: number): string {
  return NUMBER.format(value);
}

/** `0.4 kB`, `12.3 MB`, `1,234 MB`. A MB is 10^6 bytes. */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${bytes < 1e8 ? (bytes / 1e6).toFixed(1) : count(Math.round(bytes / 1e6))} MB`;
}

/** `2026-11-20 09:08` in UTC, or a dash if it is not known. */
export function minute(instant: number | null): string {
  return instant === null ? '–' : new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
}

/** A table for people. Control characters in names are made visible. */
export function table(head: Readonly<Record<string, 'left' | 'right'>>, rows: readonly string[][]): string {
  const drawn = new Table({
    head: Object.keys(head),
    colAligns: Object.values(head),
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...rows.map((row) => row.map((cell) => printable(cell))));
  return drawn.toString();
}

/** Rows as a JSON list on one line, with the column names of the Parquet files. Instants are ISO texts in UTC. */
export function jsonList<Row>(columns: ReadonlyArray<Column<Row>>, rows: readonly Row[]): string {
  return printableJson(
    rows.map((row) =>
      Object.fromEntries(
        columns.map(({ name, type, of }) => {
          const value = of(row);
          return [name, type === 'instant' && value !== null ? new Date(value).toISOString() : value];
        }),
      ),
    ),
  );
}
