import { DEFAULT_CONCURRENCY } from '../http/limits/limiter.ts';
import type { Listing } from './define.ts';
import { sideBySide } from './side-by-side.ts';

/** How the children of parents are listed. */
export interface ChildrenOptions<T, C> extends Pick<Listing, 'failed'> {
  /** Lists the children of one parent. If it throws, that parent has failed, and the children listed before count. */
  readonly list: (parent: T) => AsyncIterable<C>;
  /** The name of a parent in messages: `board 12`. */
  readonly name: (parent: T) => string;
  /** How many parents are processed at a time. Default: 8. */
  readonly most?: number;
}

/**
 * Partitions that are found inside others, for a stream's `partitions`: sprints of boards, repositories of workspaces.
 * Several parents are processed concurrently, one page ahead of the consumer, and children are returned as they are found.
 * A parent that fails is reported (`Listing.failed`), and the others continue. If the list of parents fails, that error
 * is thrown after the last child.
 */
export async function* childrenOf<T, C>(
  parents: Iterable<T> | AsyncIterable<T>,
  { list, name, failed, most = DEFAULT_CONCURRENCY }: ChildrenOptions<T, C>,
): AsyncGenerator<C> {
  /** Children that were found but not taken yet, at most one per parent. */
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
  // It is awaited below. Until then an error must not count as unhandled.
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
