import type { StreamKey } from '@headrace/sdk/destination';
import { insidePath } from '../disk/inside.ts';

/** How far a file is durable, and what stands in it up to there. */
export interface FileLength {
  readonly records: number;
  /** Of the lines, before compression. */
  readonly bytes: number;
  /** Of the file: its durable length. */
  readonly compressedBytes: number;
  /** Milliseconds since 1970, of the records' `emitted_at`; null where none has one. */
  readonly firstEmittedAt: number | null;
  readonly lastEmittedAt: number | null;
  /** When the last of them was ingested; null where that is not known. */
  readonly ingestedAt: number | null;
}

/**
 * `open`: it has the suffix `.open` and may grow. `held`: complete under that suffix, waiting for the rest of a
 * copy that replaces another. `closing`: it gets its final name, and may have it. `closed`: complete under its
 * final name. `flat`: one growing file under its final name. `removing`: replaced, to be taken off the disk.
 */
export type FileStatus = 'open' | 'held' | 'closing' | 'closed' | 'flat' | 'removing';

/** How the lines of a file carry what we add to a record; see `envelope` of the config. */
type Envelope = 'flat' | 'airbyte' | 'none';

export interface NewFile extends StreamKey {
  /** What could not be stored, each line with its reason. */
  readonly quarantine: boolean;
  /** Of which copy of the stream it is a part. */
  readonly copyId: number;
  readonly runId: string;
  /** From 1; 0 is the growing file of the layout flat. */
  readonly part: number;
  /** The final name, relative to the root, with slashes. */
  readonly path: string;
  readonly status: FileStatus;
  readonly envelope: Envelope;
  readonly openedAt: number;
}

export interface FileRow extends NewFile, FileLength {
  readonly id: number;
  /** Null while it grows. */
  readonly closedAt: number | null;
  /** Of the file's bytes, hexadecimal; null while it grows, and where version 1 wrote it. */
  readonly sha256: string | null;
}

export interface FileChange {
  readonly id: number;
  readonly length: FileLength;
  readonly status: FileStatus;
  /** Of a file that is complete. */
  readonly sealed?: { readonly sha256: string; readonly closedAt: number };
}

export const EMPTY: FileLength = {
  records: 0,
  bytes: 0,
  compressedBytes: 0,
  firstEmittedAt: null,
  lastEmittedAt: null,
  ingestedAt: null,
};

/** A length as columns of `files`: those that LENGTH_COLUMNS names, in that order. */
export function lengthValues(length: FileLength): Array<number | null> {
  const { records, bytes, compressedBytes, firstEmittedAt, lastEmittedAt, ingestedAt } = length;
  return [records, bytes, compressedBytes, firstEmittedAt, lastEmittedAt, ingestedAt];
}

export const LENGTH_COLUMNS = [
  'records',
  'bytes',
  'compressed_bytes',
  'first_emitted_at',
  'last_emitted_at',
  'ingested_at',
] as const;

/** A row of `files`. */
export function fileRow(row: Record<string, unknown>): FileRow {
  const nullable = (value: unknown): number | null => (value === null ? null : Number(value));
  return {
    id: Number(row.id),
    source: String(row.source),
    namespace: String(row.namespace),
    stream: String(row.stream),
    quarantine: row.quarantine === 1,
    copyId: Number(row.copy_id),
    runId: String(row.run_id),
    part: Number(row.part),
    path: insidePath(String(row.path)),
    status: row.status as FileStatus,
    envelope: row.envelope as Envelope,
    openedAt: Number(row.opened_at),
    records: Number(row.records),
    bytes: Number(row.bytes),
    compressedBytes: Number(row.compressed_bytes),
    firstEmittedAt: nullable(row.first_emitted_at),
    lastEmittedAt: nullable(row.last_emitted_at),
    ingestedAt: nullable(row.ingested_at),
    closedAt: nullable(row.closed_at),
    sha256: row.sha256 === null ? null : String(row.sha256),
  };
}
