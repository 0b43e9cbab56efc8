import { SystemError } from '../errors.ts';
import type { StreamOutcome } from './stream-session.ts';

/** Streams that are read together: one, or those that share a scan. */
export interface ReadGroup {
  readonly names: readonly string[];
  /** Streams that have to be complete before: what stands on them is not read where they are not. */
  readonly after: ReadonlySet<string>;
  /** Streams that have to have ended before, whatever became of them. */
  readonly follows: ReadonlySet<string>;
  /** Every other stream is followed: where none of them is complete, there was nothing to go by. */
  readonly followsAll: boolean;
  /** @param unfinished those that it stands on and that ended incomplete */
  run(unfinished: readonly string[]): Promise<readonly StreamOutcome[]>;
}

/**
 * Runs every group once those that it waits for have ended; outcomes in that order.
 * @throws SystemError where streams wait for each other in a circle
 */
export async function inOrder(groups: readonly ReadGroup[]): Promise<StreamOutcome[]> {
  const ended = new Map<ReadGroup, Promise<readonly StreamOutcome[]>>();
  for (const group of sorted(groups)) {
    const parents = [...waitedFor(group, groups)].map((parent) => ended.get(parent)!);
    ended.set(
      group,
      Promise.all(parents).then((before) => {
        const outcomes = before.flat();
        const isBlind = group.followsAll && outcomes.every(({ complete }) => !complete);
        const unfinished = outcomes.filter(
          ({ name, complete }) => !complete && (isBlind || group.after.has(name)),
        );
        return group.run(unfinished.map(({ name }) => name));
      }),
    );
  }
  return (await Promise.all(ended.values())).flat();
}

function waitedFor(group: ReadGroup, groups: readonly ReadGroup[]): ReadGroup[] {
  return groups.filter(
    (other) =>
      other !== group && other.names.some((name) => group.after.has(name) || group.follows.has(name)),
  );
}

function sorted(groups: readonly ReadGroup[]): Set<ReadGroup> {
  const done = new Set<ReadGroup>();
  const visit = (group: ReadGroup, path: readonly ReadGroup[]): void => {
    if (done.has(group)) return;
    if (path.includes(group)) {
      const names = [...path, group].map((one) => one.names.join(' and '));
      throw new SystemError(`the streams ${names.join(' → ')} come after each other in a circle`, {
        code: 'source.circular_streams',
      });
    }
    for (const parent of waitedFor(group, groups)) visit(parent, [...path, group]);
    done.add(group);
  };
  for (const group of groups) visit(group, []);
  return done;
}
