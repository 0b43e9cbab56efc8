import { ConfigError } from '../errors.ts';
import type { JsonObject } from '../protocol/messages.ts';

const STATE_VERSION = 1;

/** What a stream's STATE holds (CONTRACTS.md, State). */
export interface StreamState {
  readonly version: typeof STATE_VERSION;
  /** The host whose data this is: a state of another site is refused. */
  readonly origin: string;
  readonly partitions: Record<string, JsonObject>;
}

/**
 * A saved state, checked. `null` and absent mean from scratch.
 * @throws ConfigError for another origin, a newer version or something that is no state of ours
 */
export function parseStreamState(
  saved: JsonObject | null | undefined,
  stream: string,
  origin: string,
): StreamState {
  if (saved === null || saved === undefined || Object.keys(saved).length === 0)
    return { version: STATE_VERSION, origin, partitions: {} };
  const place = `state of ${stream}`;
  const { version, origin: from, partitions } = saved;
  if (
    typeof version !== 'number' ||
    typeof from !== 'string' ||
    typeof partitions !== 'object' ||
    partitions === null
  ) {
    const hint =
      'it comes from another connector; start without a state, or give this one a --source of its own';
    throw new ConfigError('this is no state of this source', { code: 'state.foreign', place, hint });
  }
  if (version > STATE_VERSION) {
    throw new ConfigError(`the state is of version ${version}, this program knows ${STATE_VERSION}`, {
      code: 'state.newer',
      place,
      hint: 'use the newer program that wrote it',
    });
  }
  if (from !== origin) {
    const hint = 'one destination folder for two sites needs a --source name for each';
    throw new ConfigError(`the state is of ${from}, the configuration is of ${origin}`, {
      code: 'state.other_origin',
      place,
      hint,
    });
  }
  return { version: STATE_VERSION, origin, partitions: { ...(partitions as Record<string, JsonObject>) } };
}
