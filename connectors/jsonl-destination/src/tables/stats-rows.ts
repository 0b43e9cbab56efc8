import { type Column, type StreamTotals, streamLabel } from '@headrace/sdk/destination';
import type { Journal } from '../journal/journal.ts';

/** What is stored of a stream, and what became of its records in all runs. */
export interface StatsRow {
  readonly stream: string;
  /** Of current copies. Superseded ones only count in `supersededFiles`. */
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly firstEmittedAt: number | null;
  readonly lastEmittedAt: number | null;
  readonly supersededFiles: number;
  readonly runs: number;
  /** Records received: records + replaced + quarantined + rolled back. */
  readonly received: number;
  /** Of everything ever stored. */
  readonly stored: number;
  /**
   * Stored, but not counted in `records`: older copies or versions, duplicates, copies that are not yet complete, and
   * files that were deleted.
   */
  readonly replaced: number;
  readonly quarantined: number;
  readonly rolledBack: number;
}

export const STATS: ReadonlyArray<Column<StatsRow>> = [
  { name: 'stream', type: 'text', of: (row) => row.stream },
  { name: 'files', type: 'count', of: (row) => row.files },
  { name: 'records', type: 'count', of: (row) => row.records },
  { name: 'bytes', type: 'count', of: (row) => row.bytes },
  { name: 'compressed_bytes', type: 'count', of: (row) => row.compressedBytes },
  { name: 'first_emitted_at', type: 'instant', of: (row) => row.firstEmittedAt },
  { name: 'last_emitted_at', type: 'instant', of: (row) => row.lastEmittedAt },
  { name: 'superseded_files', type: 'count', of: (row) => row.supersededFiles },
  { name: 'runs', type: 'count', of: (row) => row.runs },
  { name: 'received', type: 'count', of: (row) => row.received },
  { name: 'stored', type: 'count', of: (row) => row.stored },
  { name: 'replaced', type: 'count', of: (row) => row.replaced },
  { name: 'quarantined', type: 'count', of: (row) => row.quarantined },
  { name: 'rolled_back', type: 'count', of: (row) => row.rolledBack },
];

/** One row per stream that has files or of which records came. */
export function statsRows(journal: Journal, source: string): StatsRow[] {
  const present = journal.all(
    `select namespace, stream, sum(status = 'complete') as files, sum(status = 'superseded') as superseded_files,
       sum(iif(status = 'complete', records, 0)) as records, sum(iif(status = 'complete', bytes, 0)) as bytes,
       sum(iif(status = 'complete', compressed_bytes, 0)) as compressed_bytes,
       min(iif(status = 'complete', first_emitted_at, null)) as first_emitted_at,
       max(iif(status = 'complete', last_emitted_at, null)) as last_emitted_at
     from manifest where source = ? group by namespace, stream`,
    source,
  );
  const { totals } = journal.look(source);
  const streams = new Map<string, StreamOf>();
  for (const row of present) {
    const [namespace, stream] = [String(row.namespace), String(row.stream)];
    streams.set(JSON.stringify([namespace, stream]), { namespace, stream, row });
  }
  for (const came of totals) {
    const { namespace, stream } = came.key;
    const id = JSON.stringify([namespace, stream]);
    streams.set(id, { namespace, stream, row: {}, ...streams.get(id), came });
  }
  const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  return [...streams.values()]
    .sort((a, b) => order(a.namespace, b.namespace) || order(a.stream, b.stream))
    .map(statsRow);
}

interface StreamOf {
  readonly namespace: string;
  readonly stream: string;
  /** From the manifest's files. Empty if there are none. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly came?: StreamTotals;
}

function statsRow({ namespace, stream, row, came }: StreamOf): StatsRow {
  const number = (name: string): number => Number(row[name] ?? 0);
  const instant = (name: string): number | null =>
    row[name] === null || row[name] === undefined ? null : Number(row[name]);
  const records = number('records');
  const { quarantined = 0, rolledBack = 0 } = came ?? {};
  // Not counted: what version 1 stored, and files added by a reset.
  const stored = Math.max(came?.stored ?? 0, records);
  return {
    stream: streamLabel(stream, namespace),
    files: number('files'),
    records,
    bytes: number('bytes'),
    compressedBytes: number('compressed_bytes'),
    firstEmittedAt: instant('first_emitted_at'),
    lastEmittedAt: instant('last_emitted_at'),
    supersededFiles: number('superseded_files'),
    runs: came?.runs ?? 0,
    received: stored + quarantined + rolledBack,
    stored,
    replaced: stored - records,
    quarantined,
    rolledBack,
  };
}
