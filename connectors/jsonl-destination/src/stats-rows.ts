import type { Journal } from './journal.ts';
import type { Column } from './parquet.ts';
import { streamLabel } from './stream-label.ts';

/** What is there of a stream, and what became of its records in all runs. */
export interface StatsRow {
  readonly stream: string;
  /** Of the present copies; superseded ones are counted by `supersededFiles` alone. */
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly firstEmittedAt: number | null;
  readonly lastEmittedAt: number | null;
  readonly supersededFiles: number;
  readonly runs: number;
  /** What came in: records + replaced + quarantined + rolled back. */
  readonly received: number;
  /** Of all that was ever stored. */
  readonly stored: number;
  /**
   * Stored, and not among `records`: an older copy or version, a copy of the same record, what is of a copy that
   * waits for its rest; also what was taken away.
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

/** One row a stream that has files, or of which something came. */
export function statsRows(journal: Journal, source: string): StatsRow[] {
  return journal
    .all(
      `with present as (
         select namespace, stream, sum(status = 'complete') as files, sum(status = 'superseded') as superseded_files,
           sum(iif(status = 'complete', records, 0)) as records, sum(iif(status = 'complete', bytes, 0)) as bytes,
           sum(iif(status = 'complete', compressed_bytes, 0)) as compressed_bytes,
           min(iif(status = 'complete', first_emitted_at, null)) as first_emitted_at,
           max(iif(status = 'complete', last_emitted_at, null)) as last_emitted_at
         from manifest where source = ? group by namespace, stream
       ), came as (
         select namespace, stream, count(*) as runs, sum(stored) as stored, sum(quarantined) as quarantined,
           sum(rolled_back) as rolled_back
         from counts where source = ? group by namespace, stream
       )
       select * from present full join came using (namespace, stream) order by namespace, stream`,
      source,
      source,
    )
    .map((row) => {
      const number = (name: string): number => Number(row[name] ?? 0);
      const instant = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
      const records = number('records');
      // Version 1 did not count what it stored, nor is counted what a reset took over.
      const stored = Math.max(number('stored'), records);
      return {
        stream: streamLabel(String(row.stream), String(row.namespace)),
        files: number('files'),
        records,
        bytes: number('bytes'),
        compressedBytes: number('compressed_bytes'),
        firstEmittedAt: instant('first_emitted_at'),
        lastEmittedAt: instant('last_emitted_at'),
        supersededFiles: number('superseded_files'),
        runs: number('runs'),
        received: stored + number('quarantined') + number('rolled_back'),
        stored,
        replaced: stored - records,
        quarantined: number('quarantined'),
        rolledBack: number('rolled_back'),
      };
    });
}
