import { DEFAULT_CONCURRENCY } from '../http/limits/limiter.ts';
import type { Listing } from './define.ts';
import { sideBySide } from './side-by-side.ts';

/** How the children of a parent are found. */
export interface ChildrenOptions<T, C> extends Pick<Listing, 'failed'> {
  /** Lists one parent's children; what it throws is that parent's failure, and what it brought before counts. */
  readonly list: (parent: T) => AsyncIterable<C>;
  /** How a parent is told that failed: `board 12`. */
  readonly name: (parent: T) => string;
  /** So many parents are looked into at a time; → 8. */
  readonly most?: number;
}

/**
 * Partitions that are found in others, for a stream's `partitions`: sprints of boards, repositories of workspaces.
 * Several parents are looked into side by side, a page ahead of whoever takes the children, which come as they are
 * found. A parent that fails is told (`Listing.failed`) and the others go on. Where the parents' own list fails,
 * that is thrown behind the last child.
 */
export async function* childrenOf<T, C>(
  parents: Iterable<T> | AsyncIterable<T>,
  { list, name, failed, most = DEFAULT_CONCURRENCY }: ChildrenOptions<T, C>,
): AsyncGenerator<C> {
  /** Children that were found and not taken yet: one a parent. */
  const found: Array<{ child: C; taken: () => void }> = [];
  let isOver = false;
  let isListed = false;
  let wake = (): void => {};

  async function look(parent: T): Promise<void> {
    if (isOver) return;
    try {
      for await (const child of list(parent)) {
        if (isOver) return;
        await new Promise<void>((taken) => {
          found.push({ child, taken });
          wake();
        });
      }
    } catch (error) {
      failed(name(parent), error);
    }
  }

  const listing = sideBySide(each(parents), most, look).finally(() => {
    isListed = true;
    wake();
  });
  // Met below; until then nobody may call it unhandled.
  listing.catch(() => {});
  try {
    while (!isListed || found.length > 0) {
      const next = found.shift();
      next?.taken();
      if (next) yield next.child;
      else
        await new Promise<void>((woken) => {
          wake = woken;
        });
    }
    await listing;
  } finally {
    isOver = true;
    for (const { taken } of found) taken();
  }
}

async function* each<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
}
