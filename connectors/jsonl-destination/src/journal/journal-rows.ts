import type { StreamKey } from '@headrace/sdk/destination';
import { insidePath } from '../disk/inside.ts';

/** How far a file is durable, and its contents up to there. */
export interface FileLength {
  readonly records: number;
  /** Bytes of the lines, before compression. */
  readonly bytes: number;
  /** The file's durable length. */
  readonly compressedBytes: number;
  /** Milliseconds since 1970, from the records' `emitted_at`. Null if no record has one. */
  readonly firstEmittedAt: number | null;
  readonly lastEmittedAt: number | null;
  /** When the last record was ingested. Null if that is not known. */
  readonly ingestedAt: number | null;
}

/**
 * `open`: it has the suffix `.open` and may grow. `held`: complete, with that suffix, until the rest of a copy that
 * replaces another has come. `closing`: it gets its final name, or has it already. `closed`: complete, with its final
 * name. `flat`: a growing file with its final name. `removing`: replaced, and to be deleted.
 */
export type FileStatus = 'open' | 'held' | 'closing' | 'closed' | 'flat' | 'removing';

/** Where a file's lines contain what we add to a record; see `envelope` in the config. */
type Envelope = 'flat' | 'airbyte' | 'none';

export interface NewFile extends StreamKey {
  /** Whether it contains records that could not be stored, each with its reason. */
  readonly quarantine: boolean;
  /** The copy of the stream to which it belongs. */
  readonly copyId: number;
  readonly runId: string;
  /** From 1. 0 is the growing file of the layout flat. */
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
  /** Of the file's bytes, hexadecimal. Null while it grows, and for files from version 1. */
  readonly sha256: string | null;
}

export interface FileChange {
  readonly id: number;
  readonly length: FileLength;
  readonly status: FileStatus;
  /** Set when the file is complete. */
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

/** A length as values of LENGTH_COLUMNS, in that order. */
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
