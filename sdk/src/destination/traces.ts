import type { StreamDescriptor, StreamStatus } from '../protocol/messages.ts';

/** What a TRACE of a source means for a destination. */
export type SourceTrace =
  | { readonly kind: 'error'; readonly error: unknown }
  | {
      readonly kind: 'status';
      readonly name: string;
      readonly namespace: StreamDescriptor['namespace'];
      readonly status: StreamStatus;
    }
  /** What the source calls itself. */
  | { readonly kind: 'source'; readonly value: string | undefined }
  /** The commit number of the states that it started from. */
  | { readonly kind: 'state_commit'; readonly value: number | undefined };

const STATUSES: ReadonlySet<unknown> = new Set<StreamStatus>([
  'STARTED',
  'RUNNING',
  'COMPLETE',
  'INCOMPLETE',
]);

/** Reads the `trace` of a TRACE message, which may have any form. Undefined if it means nothing here. */
export function readTrace(trace: unknown): SourceTrace | undefined {
  const { type, ...rest } = (trace ?? {}) as Record<string, unknown>;
  if (type === 'ERROR') return { kind: 'error', error: rest.error };
  if (type === 'STREAM_STATUS') return statusOf(rest.stream_status);
  if (type === 'ANALYTICS') return factOf(rest.analytics);
  return undefined;
}

function statusOf(said: unknown): SourceTrace | undefined {
  const { stream_descriptor: stream, status } = (said ?? {}) as {
    stream_descriptor?: Partial<StreamDescriptor> | null;
    status?: unknown;
  };
  const { name, namespace } = stream ?? {};
  if (typeof name !== 'string' || !STATUSES.has(status)) return undefined;
  return { kind: 'status', name, namespace, status: status as StreamStatus };
}

function factOf(said: unknown): SourceTrace | undefined {
  const { type, value } = (said ?? {}) as { type?: unknown; value?: unknown };
  if (type === 'source')
    return { kind: 'source', value: typeof value === 'string' && value !== '' ? value : undefined };
  if (type !== 'state_commit') return undefined;
  const number = Number(value);
  return { kind: 'state_commit', value: Number.isSafeInteger(number) ? number : undefined };
}
