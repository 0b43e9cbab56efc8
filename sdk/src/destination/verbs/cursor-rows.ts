import { partitionsOfState } from '../../protocol/state-partitions.ts';
import { streamLabel } from '../names/names.ts';
import type { Overview } from '../store/store.ts';
import type { Column } from './columns.ts';

/** How far one partition of a stream was read, as far as that is committed. */
export interface CursorRow {
  readonly source: string;
  /** `main`; a backfill keeps states of its own. */
  readonly scope: string;
  /** Null where one state is for all streams. */
  readonly stream: string | null;
  /** Null where the state does not tell its partitions. */
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

/** One row a stream and partition; a state that is not of our sources is one row. */
export function* cursorRows(source: string, states: Overview['states']): Generator<CursorRow> {
  for (const { scope, kind, stream, namespace, json, runId, updatedAt } of states) {
    const label = kind === 'STREAM' ? streamLabel(stream, namespace) : null;
    for (const partition of partitionsOfState(json))
      yield { source, scope, stream: label, runId, updatedAt, ...partition };
  }
}
