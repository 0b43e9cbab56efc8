import { Buffer } from 'node:buffer';
import { isObject } from './is-object.ts';
import { Selection } from './selection.ts';

/** A partition of a state. */
export interface StatePartition {
  /** Null where the state does not tell its partitions. */
  readonly partition: string | null;
  /** JSON. */
  readonly state: string;
}

const selection = new Selection({ fields: { state: 'stream.stream_state' } });

/** The partitions of a state in the platform's shape. A state that is not of our sources is one partition. */
export function partitionsOfState(json: string): StatePartition[] {
  const bytes = Buffer.from(json);
  const span = selection.scan(bytes).fieldSpan('state');
  const state = span ? bytes.toString('utf8', ...span) : json;
  const { version, origin, partitions } = (JSON.parse(state) ?? {}) as Record<string, unknown>;
  const isOurs = typeof version === 'number' && typeof origin === 'string' && isObject(partitions);
  // A full refresh that is done has no partitions left: that it is done is told by the whole state.
  if (!isOurs || Object.keys(partitions).length === 0) return [{ partition: null, state }];
  return Object.entries(partitions).map(([partition, at]) => ({ partition, state: JSON.stringify(at) }));
}
