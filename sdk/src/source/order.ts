import { SystemError } from '../errors.ts';
import type { StreamOutcome } from './stream-session.ts';

/** Streams that are read together: a single one, or those that share a scan. */
export interface ReadGroup {
  readonly names: readonly string[];
  /** Streams that must be complete before. Otherwise this group is not read. */
  readonly after: ReadonlySet<string>;
  /** Streams that must have ended before, complete or not. */
  readonly follows: ReadonlySet<string>;
  /** The group follows every other stream. If none of them is complete, it is not read. */
  readonly followsAll: boolean;
  /** @param unfinished streams that should be complete, but are not */
  run(unfinished: readonly string[]): Promise<readonly StreamOutcome[]>;
}

/**
 * Runs each group when those that it waits for have ended. Returns the outcomes in that order.
 * @throws SystemError if streams wait for each other in a circle
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
      throw new SystemError(`the streams ${names.join(' → ')} wait for each other in a circle`, {
        code: 'source.circular_streams',
      });
    }
    for (const parent of waitedFor(group, groups)) visit(parent, [...path, group]);
    done.add(group);
  };
  for (const group of groups) visit(group, []);
  return done;
}
