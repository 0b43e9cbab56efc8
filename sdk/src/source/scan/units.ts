import { newTurn, type Turn } from '../../http/turn.ts';
import type { Page } from '../../protocol/page.ts';
import { type WindowRows, windowRows } from '../cursors/window-rows.ts';
import type { PageSlots } from '../page-slots.ts';

/** Pages that are worked on together, so that their entries can be asked for in bulk. */
export interface Unit {
  readonly pages: readonly WindowRows[];
  /** Everything that is asked because of them is asked in it. */
  readonly turn: Turn;
}

/** How large a unit may grow. */
export interface UnitOptions {
  /** The stream that its slot is taken for. */
  readonly name: string;
  readonly slots: PageSlots;
  /** The values that rows are told and ordered by. */
  readonly key: string;
  readonly value: string;
  readonly mostPages: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A unit is not waited for longer: where answers come slowly it stays small, and little is lost with the process. */
const MOST_MS = 2000;
const MOST_BYTES = 8 << 20;

/**
 * Brings pages in units to `take`, in their order: while a unit is worked on, the next one is collected. A slot is
 * held for each of the two. `take` says false where no more is wanted; then the result is false too. Throws what
 * fetching or `take` threw, once what came before was taken.
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
        // What it throws is met when its turn comes; until then nobody may call it unhandled.
        ahead.catch(() => {});
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
  { name, slots, key, value: orderedBy, mostPages, now }: UnitOptions,
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
    const pages: WindowRows[] = [];
    const began = now();
    let bytes = 0;
    const hasRoom = (): boolean => pages.length < mostPages && bytes < MOST_BYTES && now() - began < MOST_MS;
    try {
      do {
        const { done, value } = await turn(() => iterator.next());
        if (done) isOver = true;
        else {
          pages.push(windowRows(value, key, orderedBy));
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
