import type { DestinationSyncMode, JsonObject } from '../../protocol/messages.ts';

/** Lines of a source, as a suite sends them to a destination. */

/** When everything was emitted, ms since 1970. */
const EMITTED_AT = 1_763_680_000_000;

interface Name {
  readonly name: string;
  readonly namespace?: string;
}

export const line = (message: unknown): string => `${JSON.stringify(message)}\n`;

export const record = (stream: string, data: unknown, namespace?: string): string =>
  line({ type: 'RECORD', record: { stream, namespace, emitted_at: EMITTED_AT, data } });

/** A STREAM state; `recordCount` is the number of records since the stream's previous state. */
export const state = ({ name, namespace }: Name, value: JsonObject, recordCount: number): string =>
  line({
    type: 'STATE',
    state: {
      type: 'STREAM',
      stream: { stream_descriptor: { name, namespace }, stream_state: value },
      sourceStats: { recordCount },
    },
  });

export const status = (
  { name, namespace }: Name,
  said: 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE',
): string =>
  line({
    type: 'TRACE',
    trace: {
      type: 'STREAM_STATUS',
      emitted_at: EMITTED_AT,
      stream_status: { stream_descriptor: { name, namespace }, status: said },
    },
  });

/** One complete stream: STARTED, these records, a state, COMPLETE. */
export function wholeStream(of: Name, records: readonly unknown[]): string {
  return [
    status(of, 'STARTED'),
    status(of, 'RUNNING'),
    ...records.map((data) => record(of.name, data, of.namespace)),
    state(of, { at: records.length }, records.length),
    status(of, 'COMPLETE'),
  ].join('');
}

export interface CatalogOf extends Name {
  readonly mode?: DestinationSyncMode;
  readonly generation?: number | null;
  readonly minimum?: number | null;
  readonly schema?: JsonObject;
}

/** A configured catalog of these streams, with primary key `id` and cursor `updated`. */
export function catalogOf(streams: readonly CatalogOf[]): object {
  return {
    streams: streams.map(({ name, namespace, mode = 'append', generation, minimum, schema }) => ({
      stream: {
        name,
        namespace,
        json_schema: schema ?? {
          type: 'object',
          properties: {
            id: { type: 'integer' },
            updated: { type: 'string' },
            text: { type: ['null', 'string'] },
          },
          additionalProperties: true,
        },
        supported_sync_modes: ['full_refresh', 'incremental'],
      },
      sync_mode: mode === 'overwrite' ? 'full_refresh' : 'incremental',
      destination_sync_mode: mode,
      cursor_field: ['updated'],
      primary_key: [['id']],
      ...(generation === undefined ? {} : { generation_id: generation, sync_id: 1 }),
      ...(minimum === undefined ? {} : { minimum_generation_id: minimum }),
    })),
  };
}

/** Records with ids starting at `from`. */
export function some(count: number, from = 0, more: JsonObject = {}): JsonObject[] {
  return Array.from({ length: count }, (_, i) => ({
    id: from + i,
    updated: new Date(EMITTED_AT + 1000 * (from + i)).toISOString(),
    text: `record ${from + i} größe 🚀`,
    ...more,
  }));
}
