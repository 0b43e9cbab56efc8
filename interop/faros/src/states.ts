import { gunzipSync } from 'node:zlib';
import { DataError } from '@headrace/sdk';
import type { FarosConnectorState, JsonObject } from './cdk.ts';
import { type Beside, stateIn } from './cursor.ts';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the source had as its state, from what our STATEs hold. */
export interface Restored {
  /** A state per stream, and what stood beside them. */
  readonly connector: FarosConnectorState;
  /** The runs counted so far. */
  readonly run: number;
}

export function restore(states: ReadonlyMap<string, JsonObject | null>): Restored {
  const connector: FarosConnectorState = {};
  let newest: Beside = { run: 0, state: {} };
  for (const [name, saved] of states) {
    const partition = isObject(saved?.partitions) ? saved.partitions[''] : undefined;
    if (!isObject(partition)) continue;
    connector[name] = stateIn(partition);
    const beside = partition.beside as Beside | undefined;
    if (isObject(beside?.state) && beside.run > newest.run) newest = beside;
  }
  return { connector: { ...newest.state, ...connector } as FarosConnectorState, run: newest.run };
}

/** What of a connector's state belongs to no stream (buckets of a round robin); undefined: nothing. */
export function besideStreams(
  connector: FarosConnectorState,
  streams: readonly string[],
  run: number,
): Beside | undefined {
  const others = Object.entries(connector).filter(([name]) => !streams.includes(name));
  return others.length === 0 ? undefined : { run, state: Object.fromEntries(others) };
}

/**
 * The state that a source wrote when the CDK's own runner ran it: packed (`{ format, data }`), in a LEGACY
 * state (`{ data }`), or as it is, which is told apart by the names of streams. Undefined: it is none.
 * @throws DataError where it is packed in a way that is not known
 */
export function connectorStateIn(
  state: JsonObject,
  streams: readonly string[],
): FarosConnectorState | undefined {
  const { format, data } = state;
  if (typeof format === 'string' && typeof data === 'string') return unpacked(format, data);
  if (isObject(data) && (state.type === undefined || state.type === 'LEGACY')) {
    // A stream could be called `data`; a state that holds states of known streams is no wrapper.
    if (Object.keys(state).some((name) => streams.includes(name))) return state as FarosConnectorState;
    return Object.keys(data).length === 0 ? {} : connectorStateIn(data, streams);
  }
  const holdsStates =
    Object.values(state).every(isObject) && Object.keys(state).some((name) => streams.includes(name));
  return holdsStates ? (state as FarosConnectorState) : undefined;
}

function unpacked(format: string, data: string): FarosConnectorState {
  try {
    if (format !== 'base64/gzip') throw new Error(`the format ${format} is not known`);
    return JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as FarosConnectorState;
  } catch (error) {
    throw new DataError(`the packed state cannot be read: ${(error as Error).message}`, {
      code: 'faros.packed_state',
      hint: 'reset the state; everything is read again',
      cause: error,
    });
  }
}
