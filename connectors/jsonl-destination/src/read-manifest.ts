import { parquetReadObjects } from 'hyparquet';
import type { ManifestRow } from './manifest-rows.ts';
import { MANIFEST } from './tables.ts';

type Cell = string | number | null;

/**
 * How the table's rows of one source differ from those that the journal has, as sentences. What a growing file
 * holds is not compared: it may have grown since.
 * @param bytes of manifest.parquet
 * @throws where it is no Parquet
 */
export async function manifestDifferences(
  bytes: ArrayBuffer,
  source: string,
  expected: readonly ManifestRow[],
): Promise<string[]> {
  const rows = await parquetReadObjects({ file: bytes });
  const found = new Map<Cell, Record<string, unknown>>();
  for (const row of rows) if (row.source === source) found.set(cell(row.path), row);
  const differences: string[] = [];
  for (const row of expected) {
    const there = found.get(row.path);
    found.delete(row.path);
    if (!there) differences.push(`it lacks ${row.path}`);
    else if (row.sha256 !== null) {
      for (const { name, of } of MANIFEST) {
        const is = cell(there[name]);
        if (is !== of(row)) differences.push(`${name} of ${row.path} is ${is}, the journal says ${of(row)}`);
      }
    }
  }
  for (const path of found.keys()) differences.push(`it names ${path}, which the journal does not`);
  return differences;
}

/** A value as the columns give it: whole numbers and instants (ms) as numbers. */
function cell(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.getTime();
  return (value ?? null) as Cell;
}
