import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import type { Journal } from './journal.ts';
import { streamLabel } from './stream-label.ts';

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

const selection = new Selection({ fields: { state: 'stream.stream_state' } });

/** One row a stream and partition; a state that is not of our sources is one row. Without a source: of all. */
export function* cursorRows(journal: Journal, source?: string): Generator<CursorRow> {
  for (const row of journal.each('select * from states order by source, scope, namespace, stream')) {
    if (source !== undefined && row.source !== source) continue;
    const common = {
      source: String(row.source),
      scope: String(row.scope),
      stream: row.kind === 'STREAM' ? streamLabel(String(row.stream), String(row.namespace)) : null,
      runId: String(row.run_id),
      updatedAt: Number(row.updated_at),
    };
    for (const partition of partitionsOf(String(row.json))) yield { ...common, ...partition };
  }
}

function partitionsOf(json: string): Array<Pick<CursorRow, 'partition' | 'state'>> {
  const bytes = Buffer.from(json);
  const span = selection.scan(bytes).fieldSpan('state');
  const state = span ? bytes.toString('utf8', ...span) : json;
  const { version, origin, partitions } = (JSON.parse(state) ?? {}) as Record<string, unknown>;
  const isOurs = typeof version === 'number' && typeof origin === 'string' && isObject(partitions);
  // A full refresh that is done has no partitions left: that it is done is told by the whole state.
  if (!isOurs || Object.keys(partitions).length === 0) return [{ partition: null, state }];
  return Object.entries(partitions).map(([partition, at]) => ({ partition, state: JSON.stringify(at) }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
