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

const TABLE = 'compact writes it anew, as does the next run';

const AGAIN_MS = 1000;

/** Compares manifest.parquet with what the journal says of the source's files. */
export async function checkManifest(check: Check): Promise<void> {
  let found = await differences(check);
  // A writer elsewhere cannot be kept away then: it may stand between its table and its commit.
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
  // All at one time: the table is written in the transaction that gives files their names.
  journal.transaction(() => {
    settling = journal.unsettled(source).some(({ status }) => status !== 'held');
    expected = [...manifestRows(journal, source)];
    bytes = contentOf(manifestPath(root));
  });
  // A commit has decided and the disk follows: until then the table holds what was before, all of it still there.
  if (settling) return [];
  if (typeof bytes === 'string') return [bytes];
  if (!bytes) return expected.length > 0 ? ['it is gone'] : [];
  try {
    return await manifestDifferences(bytes, source, expected);
  } catch (error) {
    // Whatever hyparquet makes of bytes that are no table.
    return [`it cannot be read: ${(error as Error).message}`];
  }
}

/** A string says why it is none. */
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
 * How the table's rows of one source differ from those that the journal has, as sentences. What a growing file
 * holds is not compared: it may have grown since.
 * @param bytes of manifest.parquet
 * @throws where it is no Parquet
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

/** A value as the columns give it: whole numbers and instants (ms) as numbers. */
function cell(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.getTime();
  return (value ?? null) as Cell;
}
