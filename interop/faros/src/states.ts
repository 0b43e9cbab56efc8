import { gunzipSync } from 'node:zlib';
import { DataError } from '@headrace/sdk';
import { isObject } from '@headrace/sdk/protocol';
import type { FarosConnectorState, JsonObject } from './cdk.ts';
import { type Beside, stateIn } from './cursor.ts';

/** The source's state, restored from our STATE messages. */
export interface Restored {
  /** One state per stream, plus what the source stored next to them. */
  readonly connector: FarosConnectorState;
  /** Number of runs so far. */
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

/** The parts of a connector's state that belong to no stream (such as round-robin buckets), or undefined. */
export function besideStreams(
  connector: FarosConnectorState,
  streams: readonly string[],
  run: number,
): Beside | undefined {
  const others = Object.entries(connector).filter(([name]) => !streams.includes(name));
  return others.length === 0 ? undefined : { run, state: Object.fromEntries(others) };
}

/**
 * Recognises a state written by the CDK's own runner: packed (`{ format, data }`), in a LEGACY state (`{ data }`), or
 * plain, which is recognised by the stream names. Returns undefined for anything else.
 * @throws DataError if it is packed in an unknown format
 */
export function connectorStateIn(
  state: JsonObject,
  streams: readonly string[],
): FarosConnectorState | undefined {
  const { format, data } = state;
  if (typeof format === 'string' && typeof data === 'string') return unpacked(format, data);
  if (isObject(data) && (state.type === undefined || state.type === 'LEGACY')) {
    // A stream could be called `data`. If the state has states of known streams, it is not a wrapper.
    if (Object.keys(state).some((name) => streams.includes(name))) return state as FarosConnectorState;
    return Object.keys(data).length === 0 ? {} : connectorStateIn(data, streams);
  }
  const holdsStates =
    Object.values(state).every(isObject) && Object.keys(state).some((name) => streams.includes(name));
  return holdsStates ? (state as FarosConnectorState) : undefined;
}

function unpacked(format: string, data: string): FarosConnectorState {
  try {
    if (format !== 'base64/gzip') throw new Error(`unknown format ${format}`);
    return JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as FarosConnectorState;
  } catch (error) {
    throw new DataError(`the packed state cannot be read: ${(error as Error).message}`, {
      code: 'faros.packed_state',
      hint: 'reset the state; everything will be read again',
      cause: error,
    });
  }
}
