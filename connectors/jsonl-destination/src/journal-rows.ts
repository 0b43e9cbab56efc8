import type { StateToCommit } from '@headrace/sdk';

/** What belongs to whom: a source, and the scope its states are kept under. */
export interface Owner {
  readonly source: string;
  readonly scope: string;
}

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
}

/**
 * `open`: it has the suffix `.open` and may grow. `closing`: complete, it may still have the suffix.
 * `closed`: complete under its final name. `flat`: one growing file without a suffix.
 */
export type FileStatus = 'open' | 'closing' | 'closed' | 'flat';

export interface NewFile {
  readonly source: string;
  readonly namespace: string;
  readonly stream: string;
  /** What could not be stored, each line with its reason. */
  readonly quarantine: boolean;
  readonly runId: string;
  readonly part: number;
  /** The final name, relative to the root, with slashes. */
  readonly path: string;
  readonly status: FileStatus;
  readonly openedAt: number;
}

export interface FileRow extends NewFile, FileLength {
  readonly id: number;
}

export interface StateRow {
  readonly kind: StateToCommit['kind'];
  readonly stream: string;
  readonly namespace: string;
  readonly json: string;
}

export interface FileChange {
  readonly id: number;
  readonly length: FileLength;
  readonly status: FileStatus;
}

export const EMPTY: FileLength = {
  records: 0,
  bytes: 0,
  compressedBytes: 0,
  firstEmittedAt: null,
  lastEmittedAt: null,
};

/** A length as the columns of `files`, in their order. */
export function columns(length: FileLength): Array<number | null> {
  const { records, bytes, compressedBytes, firstEmittedAt, lastEmittedAt } = length;
  return [records, bytes, compressedBytes, firstEmittedAt, lastEmittedAt];
}

/** A row of `files`. */
export function fileRow(row: Record<string, unknown>): FileRow {
  const nullable = (value: unknown): number | null => (value === null ? null : Number(value));
  return {
    id: Number(row.id),
    source: String(row.source),
    namespace: String(row.namespace),
    stream: String(row.stream),
    quarantine: row.quarantine === 1,
    runId: String(row.run_id),
    part: Number(row.part),
    path: String(row.path),
    status: row.status as FileStatus,
    openedAt: Number(row.opened_at),
    records: Number(row.records),
    bytes: Number(row.bytes),
    compressedBytes: Number(row.compressed_bytes),
    firstEmittedAt: nullable(row.first_emitted_at),
    lastEmittedAt: nullable(row.last_emitted_at),
  };
}
