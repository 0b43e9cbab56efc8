import { DataError, SystemError } from '../../errors.ts';
import type { JsonObject } from '../../protocol/messages.ts';

/** The states of a stream's partitions, by partition key. */
export type PartitionStates = Readonly<Record<string, JsonObject>>;

/** What a stream's definition takes over: `...migrations({ … })`. */
export interface StateMigration {
  readonly stateVersion: number;
  readonly migrateState: (partitions: PartitionStates, version: number) => Record<string, JsonObject>;
}

/**
 * The steps from each version of a stream's state to the next, spread into its definition:
 * `...migrations({ 1: eachPartition((state) => …), 2: (partitions) => … })` makes the version 3 and brings states of
 * 1 and 2 up to it. Steps are kept for as long as a state of their version may be about; a step is
 * never changed once it was released.
 * @throws SystemError where a step in between is missing
 */
export function migrations(
  steps: Readonly<Record<number, (partitions: PartitionStates) => PartitionStates>>,
): StateMigration {
  const versions = Object.keys(steps)
    .map(Number)
    .sort((a, b) => a - b);
  const oldest = versions[0];
  const newest = versions.at(-1);
  if (oldest === undefined || newest === undefined || !versions.every((v, i) => v === oldest + i && v >= 1))
    throw new SystemError(`steps from versions ${versions.join(', ')} are no chain`, {
      code: 'state.migrations',
    });
  return {
    stateVersion: newest + 1,
    migrateState: (partitions, version) => {
      if (!(version >= oldest)) {
        throw new DataError(`a state of version ${version} can no longer be read, ${oldest} is the oldest`, {
          code: 'state.too_old',
          hint: 'reset the state of this stream',
        });
      }
      let states = partitions;
      for (let from = version; from <= newest; from++) states = steps[from]!(states);
      return { ...states };
    },
  };
}

/** A step that treats each partition's state alone; undefined leaves the partition out: it is read from its start. */
export function eachPartition(
  step: (state: JsonObject, key: string) => JsonObject | undefined,
): (partitions: PartitionStates) => PartitionStates {
  return (partitions) =>
    Object.fromEntries(
      Object.entries(partitions).flatMap(([key, state]) => {
        const next = step(state, key);
        return next === undefined ? [] : [[key, next]];
      }),
    );
}
