import { newTurn, type Turn } from '../http/turn.ts';
import type { Page } from '../protocol/page.ts';
import type { PageSlots } from './page-slots.ts';

/** Pages that are processed together, so that entries can be requested for many records at once. */
export interface Unit {
  readonly pages: readonly Page[];
  /** All requests for the unit are made in it. */
  readonly turn: Turn;
}

/** How large a unit may be, and what reading it needs. */
export interface UnitOptions {
  /** Who takes the page slots. */
  readonly name: string;
  readonly slots: PageSlots;
  readonly mostPages: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A unit collects no longer than this. If responses are slow it stays small, so that a kill loses little. */
const MOST_MS = 2000;
const MOST_BYTES = 8 << 20;

/**
 * Passes pages to `take`, in order, in units. While one unit is processed, the next one is collected, and each of the
 * two holds a page slot. If `take` returns false, no more pages are wanted, and the result is false as well. Throws
 * what fetching or `take` threw, after everything before it was taken.
 */
export async function readUnits(
  pages: AsyncIterable<Page>,
  options: UnitOptions,
  take: (unit: Unit) => Promise<boolean>,
): Promise<boolean> {
  const { name, slots, signal } = options;
  const iterator = pages[Symbol.asyncIterator]();
  const collect = collector(iterator, options);
  let ahead: Promise<Unit | undefined> | undefined;
  try {
    for (ahead = collect(); ; ) {
      const unit = await ahead;
      ahead = undefined;
      if (!unit) return true;
      try {
        signal.throwIfAborted();
        ahead = collect();
        // It is awaited in the next round. Until then an error must not count as unhandled.
        ahead.catch(() => {});
        // The next request is sent before this unit keeps the thread busy.
        await new Promise(setImmediate);
        if (!(await take(unit))) return false;
      } finally {
        slots.give(name);
      }
    }
  } finally {
    if (ahead) {
      if (await ahead.catch(() => undefined)) slots.give(name);
      await iterator.return?.();
    }
  }
}

function collector(
  iterator: AsyncIterator<Page>,
  { name, slots, mostPages, now }: UnitOptions,
): () => Promise<Unit | undefined> {
  let isOver = false;
  let failure: unknown;
  return async () => {
    if (isOver) {
      if (failure !== undefined) throw failure;
      return undefined;
    }
    await slots.take(name);
    const turn = newTurn();
    const pages: Page[] = [];
    const began = now();
    let bytes = 0;
    const hasRoom = (): boolean => pages.length < mostPages && bytes < MOST_BYTES && now() - began < MOST_MS;
    try {
      do {
        const { done, value } = await turn(() => iterator.next());
        if (done) isOver = true;
        else {
          pages.push(value);
          bytes += value.bytes.length;
        }
      } while (!isOver && hasRoom());
    } catch (error) {
      isOver = true;
      failure = error;
    }
    if (pages.length > 0) return { pages, turn };
    slots.give(name);
    if (failure !== undefined) throw failure;
    return undefined;
  };
}
