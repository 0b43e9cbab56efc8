import type { Page } from '../protocol/page.ts';
import type { PageSlots } from './page-slots.ts';

/** What becomes of a part's pages. */
export interface PageSink {
  /** Undefined, or a promise to await before more is written: the reader of our output is slow. */
  readonly ready: () => Promise<void> | undefined;
  /** Writes one page in one turn. False: no more is wanted. */
  readonly write: (page: Page) => boolean;
}

interface Fetched {
  readonly page: Page | undefined;
}

/**
 * Brings the pages of one part to the sink, in their order: while a page is written the next one is
 * fetched. A slot is held for each of the two. Resolves to false where the sink wanted no more; throws
 * what fetching or writing threw, and the signal's reason where the run was stopped.
 */
export async function readPart(
  pages: AsyncIterable<Page>,
  stream: string,
  slots: PageSlots,
  sink: PageSink,
  signal: AbortSignal,
): Promise<boolean> {
  const iterator = pages[Symbol.asyncIterator]();
  const fetch = async (): Promise<Fetched> => {
    await slots.take(stream);
    try {
      const { done, value } = await iterator.next();
      if (!done) return { page: value };
    } catch (error) {
      slots.give(stream);
      throw error;
    }
    slots.give(stream);
    return { page: undefined };
  };
  let ahead: Promise<Fetched> | undefined;
  try {
    for (ahead = fetch(); ; ) {
      const { page } = await ahead;
      ahead = undefined;
      if (page === undefined) return true;
      try {
        signal.throwIfAborted();
        ahead = fetch();
        // What it throws is met when its turn comes; until then nobody may call it unhandled.
        ahead.catch(() => {});
        // One turn of the loop, so that its request is on its way before the rows keep this thread busy.
        await new Promise(setImmediate);
        for (let slow = sink.ready(); slow; slow = sink.ready()) await slow;
        signal.throwIfAborted();
        if (!sink.write(page)) return false;
      } finally {
        slots.give(stream);
      }
    }
  } finally {
    if (ahead) {
      const { page } = await ahead.catch((): Fetched => ({ page: undefined }));
      if (page) slots.give(stream);
      await iterator.return?.();
    }
  }
}
