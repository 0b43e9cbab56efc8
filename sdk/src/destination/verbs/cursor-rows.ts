import { partitionsOfState } from '../../protocol/state-partitions.ts';
import { streamLabel } from '../names/names.ts';
import type { Overview } from '../store/store.ts';
import type { Column } from './columns.ts';

/** How far a partition of a stream is read and committed. */
export interface CursorRow {
  readonly source: string;
  /** `main`, or a backfill's own. */
  readonly scope: string;
  /** Null if one state covers all streams. */
  readonly stream: string | null;
  /** Null if the state does not show its partitions. */
  readonly partition: string | null;
  /** JSON. */
  readonly state: string;
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** The columns of `cursors`. */
export const CURSORS: ReadonlyArray<Column<CursorRow>> = [
  { name: 'source', type: 'text', of: (row) => row.source },
  { name: 'scope', type: 'text', of: (row) => row.scope },
  { name: 'stream', type: 'text', nullable: true, of: (row) => row.stream },
  { name: 'partition', type: 'text', nullable: true, of: (row) => row.partition },
  { name: 'state', type: 'text', of: (row) => row.state },
  { name: 'run_id', type: 'text', of: (row) => row.runId },
  { name: 'updated_at', type: 'instant', of: (row) => row.updatedAt },
];

/** One row per stream and partition. A state that is not from our sources is one row. */
export function* cursorRows(source: string, states: Overview['states']): Generator<CursorRow> {
  for (const { scope, kind, stream, namespace, json, runId, updatedAt } of states) {
    const label = kind === 'STREAM' ? streamLabel(stream, namespace) : null;
    for (const partition of partitionsOfState(json))
      yield { source, scope, stream: label, runId, updatedAt, ...partition };
  }
}
