import { isShortList } from '../http/index.ts';
import type { Listing, Partition } from './define.ts';
import type { StreamSession } from './stream-session.ts';

/**
 * The partitions of streams that are read together, as they come, until none of them wants more; each once: a list
 * that moves while it is read may show one again. What goes wrong with the list each stream is told, and those that
 * were found are read.
 */
export async function* eachPartition(
  sessions: readonly StreamSession[],
  list: (listing: Listing) => Promise<readonly Partition[]> | AsyncIterable<Partition>,
): AsyncGenerator<Partition> {
  const seen = new Set<string>();
  let isWhole = true;
  const failed: Listing['failed'] = (where, error) => {
    const isGap = isShortList(error);
    isWhole &&= isGap;
    for (const session of sessions) {
      if (isGap) session.short([error], undefined);
      else session.fail(error, { key: where });
    }
  };
  try {
    const found = list({ failed });
    // Of a promise the whole list, of a generator what it has: both at one go.
    for await (const partition of Symbol.asyncIterator in found ? found : await found) {
      if (sessions.every(({ isOver }) => isOver)) return;
      if (seen.has(partition.key)) continue;
      seen.add(partition.key);
      yield partition;
    }
    // The gaps of an unnamed partition are its own to forget.
    if (isWhole && !seen.has('')) for (const { gaps } of sessions) gaps.whole('');
  } catch (error) {
    // Where nothing was handed on, nothing shows that what came was not kept back.
    const isGap = isShortList(error) && seen.size > 0;
    for (const session of sessions) {
      if (isGap) session.short([error], undefined);
      else session.fail(error);
    }
  }
}
