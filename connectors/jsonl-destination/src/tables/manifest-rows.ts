import { streamLabel } from '@headrace/sdk/destination';
import { insidePath } from '../disk/inside.ts';
import type { Journal } from '../journal/journal.ts';

/** A file that readers can rely on. Times are milliseconds since 1970. */
export interface ManifestRow {
  readonly runId: string;
  readonly source: string;
  readonly stream: string;
  /** Relative to the folder, with slashes. */
  readonly path: string;
  readonly records: number;
  /** Size of the lines. */
  readonly bytes: number;
  /** Size of the file. */
  readonly compressedBytes: number;
  /** Of the file's bytes. Null if it grows (layout flat), and for files from an older version. */
  readonly sha256: string | null;
  readonly firstEmittedAt: number | null;
  readonly lastEmittedAt: number | null;
  /** When its last record was ingested. */
  readonly ingestedAt: number | null;
  readonly status: 'complete' | 'superseded';
  /** The run that began this copy of a full-refresh stream. Null for an incremental stream. */
  readonly copy: string | null;
}

/** The manifest according to the journal, in the order in which lines came. Without a source: of all sources. */
export function* manifestRows(journal: Journal, source?: string): Generator<ManifestRow> {
  const order = 'order by source, namespace, stream, seq, id';
  const rows =
    source === undefined
      ? journal.each(`select * from manifest ${order}`)
      : journal.each(`select * from manifest where source = ? ${order}`, source);
  for (const row of rows) {
    yield {
      runId: String(row.run_id),
      source: String(row.source),
      stream: streamLabel(String(row.stream), String(row.namespace)),
      path: insidePath(String(row.path)),
      records: Number(row.records),
      bytes: Number(row.bytes),
      compressedBytes: Number(row.compressed_bytes),
      sha256: row.sha256 === null ? null : String(row.sha256),
      firstEmittedAt: instant(row.first_emitted_at),
      lastEmittedAt: instant(row.last_emitted_at),
      ingestedAt: instant(row.ingested_at),
      status: row.status as ManifestRow['status'],
      copy: row.copy === null ? null : String(row.copy),
    };
  }
}

function instant(value: unknown): number | null {
  return value === null ? null : Number(value);
}
