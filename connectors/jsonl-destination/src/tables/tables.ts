import { join } from 'node:path';
import { type Column, CURSORS, type CursorRow, cursorRows } from '@headrace/sdk/destination';
import { removeLeftovers, replaceFileSync } from '@headrace/sdk/files';
import type { Journal } from '../journal/journal.ts';
import { type ManifestRow, manifestRows } from './manifest-rows.ts';
import { parquetOf } from './parquet.ts';

/** The columns of manifest.parquet. Names and types are a contract with readers. */
export const MANIFEST: ReadonlyArray<Column<ManifestRow>> = [
  { name: 'run_id', type: 'text', of: (row) => row.runId },
  { name: 'source', type: 'text', of: (row) => row.source },
  { name: 'stream', type: 'text', of: (row) => row.stream },
  { name: 'path', type: 'text', of: (row) => row.path },
  { name: 'records', type: 'count', of: (row) => row.records },
  { name: 'bytes', type: 'count', of: (row) => row.bytes },
  { name: 'compressed_bytes', type: 'count', of: (row) => row.compressedBytes },
  { name: 'sha256', type: 'text', nullable: true, of: (row) => row.sha256 },
  { name: 'first_emitted_at', type: 'instant', nullable: true, of: (row) => row.firstEmittedAt },
  { name: 'last_emitted_at', type: 'instant', nullable: true, of: (row) => row.lastEmittedAt },
  { name: 'ingested_at', type: 'instant', nullable: true, of: (row) => row.ingestedAt },
  { name: 'status', type: 'text', of: (row) => row.status },
  { name: 'copy', type: 'text', nullable: true, of: (row) => row.copy },
];

export function manifestPath(root: string): string {
  return join(root, 'manifest.parquet');
}

export function cursorsPath(root: string): string {
  return join(root, 'cursors.parquet');
}

/**
 * Writes manifest.parquet and cursors.parquet for all sources from the journal. Called in the journal's write
 * transaction that adds or removes files, so that no other writer's tables come in between.
 */
export function writeTables(journal: Journal, root: string): void {
  const { file } = journal.modes;
  writeTable(manifestPath(root), parquetOf(MANIFEST, manifestRows(journal)), file);
  writeTable(cursorsPath(root), parquetOf(CURSORS, allCursors(journal)), file);
}

function writeTable(path: string, bytes: Uint8Array, mode: number): void {
  removeLeftovers(path);
  replaceFileSync(path, bytes, { mode });
}

function* allCursors(journal: Journal): Generator<CursorRow> {
  for (const source of journal.sources()) yield* cursorRows(source, journal.look(source).states);
}
