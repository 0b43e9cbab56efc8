import { instantOf, type OpenContext } from '@headrace/sdk';
import type { Repository } from './repository.ts';

type Saved = Readonly<Record<string, unknown>>;

/**
 * Repositories in the order of how long they have waited: those that no stream has read yet, then those that were
 * read longest ago. If an hour's budget is too small for all of them, the next sync goes on where this one stopped.
 */
export function longestWaiting(
  repositories: readonly Repository[],
  streams: readonly string[],
  states: NonNullable<OpenContext['reading']>['states'],
): readonly Repository[] {
  const saved = streams.flatMap((name) => {
    const partitions = states.get(name)?.partitions as Record<string, Saved> | undefined;
    return partitions ? [partitions] : [];
  });
  const readAt = (key: string): number =>
    // A stream that is no longer selected says nothing new.
    Math.max(...saved.map((partitions) => lastRead(partitions[key])), Number.NEGATIVE_INFINITY);
  const waited = new Map(repositories.map(({ key }) => [key, readAt(key)]));
  // A sort that keeps the order of equals: by creation.
  return [...repositories].sort((a, b) => compare(waited.get(a.key)!, waited.get(b.key)!));
}

/** When a partition was read last, as its state tells: the position of a time window, or the mark of `readAt`. */
function lastRead(state: Saved | undefined): number {
  const { readAt, position } = state ?? {};
  const instant = instantOf(String(readAt ?? position));
  return Number.isNaN(instant) ? Number.NEGATIVE_INFINITY : instant;
}

const compare = (a: number, b: number): number => (a < b ? -1 : Number(a > b));
