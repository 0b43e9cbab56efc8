import { ConfigError } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { isBacklog, type SavedBacklog } from './backlog.ts';
import type { Stream } from './define.ts';
import { isGaps, type SavedGaps } from './gaps.ts';
import type { SavedSentIds } from './sent-ids.ts';

/** What a stream's STATE contains. */
export interface StreamState {
  /** 1, or the stream's own `stateVersion`. */
  readonly version: number;
  /** The host that the data is from. A state of another site is rejected. */
  readonly origin: string;
  readonly partitions: Record<string, JsonObject>;
  /** What it makes streams owe that are not selected, by their names, until they are; absent: nothing. */
  readonly owes?: Readonly<Record<string, SavedBacklog>>;
  /** How many rows its lists lacked of their totals; absent: none. */
  readonly gaps?: SavedGaps;
  /** The ids behind names in the config, found by this run or an earlier one (`SourceDefinition.names`). */
  readonly names?: Names;
  /** What it sent while censuses that watch it were not selected, by census and partition (`IdSet.json`). */
  readonly sent?: Readonly<Record<string, SavedSentIds>>;
}

/** Names and their ids. */
export type Names = Readonly<Record<string, string>>;

const isNames = (value: unknown): value is Names =>
  isObject(value) && Object.values(value).every((id) => typeof id === 'string');

/** Where the data of a read is from. */
export interface Site {
  readonly origin: string;
  /** Its former origins, whose states are accepted, and the option of the config with them. */
  readonly former?: { readonly option?: string; readonly origins: readonly string[] };
}

type Versioned = Pick<Stream<unknown>, 'name' | 'stateVersion' | 'migrateState'>;

/**
 * Checks a saved state and migrates it to the stream's version. `null` and absent mean from scratch.
 * @throws ConfigError for another origin, a newer version or something that is not a state of this source
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
    const hint = 'it is from another connector; start without a state, or use a different --source name';
    throw new ConfigError('this is not a state of this source', { code: 'state.foreign', place, hint });
  }
  if (version > current) {
    throw new ConfigError(`the state has version ${version}, but this program knows only ${current}`, {
      code: 'state.newer',
      place,
      hint: 'use the newer version of the connector, which wrote it',
    });
  }
  if (from !== origin && !former.origins.includes(from)) {
    const renamed =
      former.option === undefined ? '' : `if the site was renamed, set ${former.option} to its old address; `;
    const hint = `${renamed}to keep two sites in one destination folder, give each its own --source name`;
    throw new ConfigError(`the state is from ${from}, but the configuration is for ${origin}`, {
      code: 'state.other_origin',
      place,
      hint,
    });
  }
  const present = partitions as Record<string, JsonObject>;
  const beside = { owes, gaps, names, sent };
  if (version === current) return { version, origin, partitions: { ...present }, ...beside };
  if (!migrateState) {
    throw new ConfigError(`the state has version ${version}, which this program can no longer read`, {
      code: 'state.older',
      place,
      hint: 'reset the state of this stream, so that it is read again from its start',
    });
  }
  return { version: current, origin, partitions: migrateState(present, version), ...beside };
}

/** A partition of a saved state; undefined: it will be read from its start. */
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
