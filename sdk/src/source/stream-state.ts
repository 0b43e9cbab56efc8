import { ConfigError } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { isBacklog, type SavedBacklog } from './backlog.ts';
import type { Stream } from './define.ts';
import { isGaps, type SavedGaps } from './gaps.ts';
import type { SavedSentIds } from './sent-ids.ts';

/** What a stream's STATE holds (CONTRACTS.md, State). */
export interface StreamState {
  /** 1, or the stream's own `stateVersion`. */
  readonly version: number;
  /** The host whose data this is: a state of another site is refused. */
  readonly origin: string;
  readonly partitions: Record<string, JsonObject>;
  /** What it makes streams owe that are not selected, until they are; absent: nothing. */
  readonly owes?: Readonly<Record<string, SavedBacklog>>;
  /** What its lists lacked of their totals; absent: nothing. */
  readonly gaps?: SavedGaps;
  /** What names of the config stand for, as this run or an earlier one found out (`SourceDefinition.names`). */
  readonly names?: Names;
  /** What it sent while censuses that watch it were not selected, by census and partition (`IdSet.json`). */
  readonly sent?: Readonly<Record<string, SavedSentIds>>;
}

/** Names and the ids of what they name. */
export type Names = Readonly<Record<string, string>>;

const isNames = (value: unknown): value is Names =>
  isObject(value) && Object.values(value).every((id) => typeof id === 'string');

/** Whose data a read is about. */
export interface Site {
  readonly origin: string;
  /** Names that it had before: their states are its own. `option` is the one of the config that says so. */
  readonly former?: { readonly option?: string; readonly origins: readonly string[] };
}

type Versioned = Pick<Stream<unknown>, 'name' | 'stateVersion' | 'migrateState'>;

/**
 * A saved state, checked, and brought up to the stream's version. `null` and absent mean from scratch.
 * @throws ConfigError for another origin, a newer version or something that is no state of ours
 */
export function parseStreamState(
  saved: JsonObject | null | undefined,
  stream: Versioned,
  { origin, former = { origins: [] } }: Site,
): StreamState {
  const { stateVersion: current = 1, migrateState } = stream;
  if (saved === null || saved === undefined || Object.keys(saved).length === 0)
    return { version: current, origin, partitions: {} };
  const place = `state of ${stream.name}`;
  const { version, origin: from, partitions, owes, gaps, names, sent } = saved;
  if (
    typeof version !== 'number' ||
    typeof from !== 'string' ||
    !isObject(partitions) ||
    (owes !== undefined && !isOwes(owes)) ||
    (gaps !== undefined && !isGaps(gaps)) ||
    (names !== undefined && !isNames(names)) ||
    (sent !== undefined && !isSent(sent))
  ) {
    const hint =
      'it comes from another connector; start without a state, or give this one a --source of its own';
    throw new ConfigError('this is no state of this source', { code: 'state.foreign', place, hint });
  }
  if (version > current) {
    throw new ConfigError(`the state is of version ${version}, this program knows ${current}`, {
      code: 'state.newer',
      place,
      hint: 'use the newer program that wrote it',
    });
  }
  if (from !== origin && !former.origins.includes(from)) {
    const renamed =
      former.option === undefined ? '' : `if the site was renamed, set ${former.option} to its old address; `;
    const hint = `${renamed}one destination folder for two sites needs a --source name for each`;
    throw new ConfigError(`the state is of ${from}, the configuration is of ${origin}`, {
      code: 'state.other_origin',
      place,
      hint,
    });
  }
  const present = partitions as Record<string, JsonObject>;
  const beside = { owes, gaps, names, sent };
  if (version === current) return { version, origin, partitions: { ...present }, ...beside };
  if (!migrateState) {
    throw new ConfigError(`the state is of version ${version}, which this program no longer understands`, {
      code: 'state.older',
      place,
      hint: 'reset the state of this stream: it is read again from its start',
    });
  }
  return { version: current, origin, partitions: migrateState(present, version), ...beside };
}

/** A partition in a state as it was saved; without one it is read from its start. */
export function placeIn(state: JsonObject | null | undefined, partition: string): JsonObject | undefined {
  const { partitions } = state ?? {};
  return isObject(partitions) ? (partitions[partition] as JsonObject | undefined) : undefined;
}

const isOwes = (value: unknown): value is StreamState['owes'] =>
  isObject(value) && Object.values(value).every(isBacklog);

function isSent(saved: unknown): saved is StreamState['sent'] {
  return (
    isObject(saved) &&
    Object.values(saved).every((own) => isObject(own) && Object.values(own).every(isObject))
  );
}
