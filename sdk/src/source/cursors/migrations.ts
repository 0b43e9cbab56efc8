import { DataError, SystemError } from '../../errors.ts';
import type { JsonObject } from '../../protocol/messages.ts';

/** The states of a stream's partitions, by partition key. */
export type PartitionStates = Readonly<Record<string, JsonObject>>;

/** The members that `...migrations({ … })` adds to a stream's definition. */
export interface StateMigration {
  readonly stateVersion: number;
  readonly migrateState: (partitions: PartitionStates, version: number) => Record<string, JsonObject>;
}

/**
 * The steps from each version of a stream's state to the next, as members of its definition:
 * `...migrations({ 1: eachPartition((state) => …), 2: (partitions) => … })` makes the version 3, and migrates states of
 * versions 1 and 2. Keep a step as long as states of its version may exist, and never change a released step.
 * @throws SystemError if a step is missing
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
    throw new SystemError(`the steps from versions ${versions.join(', ')} have gaps`, {
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

/** A step that migrates each partition's state on its own. If it returns undefined, the partition is read from its start. */
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
