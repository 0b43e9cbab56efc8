import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isHeadraceError } from '@headrace/sdk';
import { parquetReadObjects } from 'hyparquet';
import { codeOf } from '../disk/durable.ts';
import { withRegularSync } from '../disk/regular-file.ts';
import { type ManifestRow, manifestRows } from '../tables/manifest-rows.ts';
import { MANIFEST, manifestPath } from '../tables/tables.ts';
import type { Check } from './verify.ts';

type Cell = string | number | null;

const TABLE = 'compact writes it again, and so does the next run';

const AGAIN_MS = 1000;

/** Compares manifest.parquet with the journal, for a source's files. */
export async function checkManifest(check: Check): Promise<void> {
  let found = await differences(check);
  // Read-only, a writer elsewhere cannot be kept out. It may be between its table and its commit.
  if (check.journal.readOnly && found.length > 0) {
    await sleep(AGAIN_MS);
    found = await differences(check);
  }
  for (const what of found) check.report({ code: 'manifest', path: 'manifest.parquet', what, hint: TABLE });
}

async function differences({ root, journal, source }: Check): Promise<string[]> {
  let bytes: ArrayBuffer | string | undefined;
  let expected: ManifestRow[] = [];
  let settling = false;
  // Read in a transaction, because the table is written in the one that gives files their names.
  journal.transaction(() => {
    settling = journal.unsettled(source).some(({ status }) => status !== 'held');
    expected = [...manifestRows(journal, source)];
    bytes = contentOf(manifestPath(root));
  });
  // A commit was made and the disk is not yet settled: until then the table lists the files before it, which still exist.
  if (settling) return [];
  if (typeof bytes === 'string') return [bytes];
  if (!bytes) return expected.length > 0 ? ['it is gone'] : [];
  try {
    return await manifestDifferences(bytes, source, expected);
  } catch (error) {
    // hyparquet's error for bytes that are not a table.
    return [`it cannot be read: ${(error as Error).message}`];
  }
}

/** A string says why it cannot be read. */
function contentOf(file: string): ArrayBuffer | string | undefined {
  try {
    return withRegularSync(file, (fd) => new Uint8Array(readFileSync(fd)).buffer);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (isHeadraceError(error)) return error.message;
    throw error;
  }
}

/**
 * How the table's rows of a source differ from the journal's, as sentences. The contents of growing files are not
 * compared, because they may have grown since.
 * @param bytes of manifest.parquet
 * @throws if it is not Parquet
 */
async function manifestDifferences(
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

/** A value in the form of the columns: whole numbers and instants (ms) as numbers. */
function cell(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.getTime();
  return (value ?? null) as Cell;
}
