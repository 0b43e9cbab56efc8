/**
 * Runs `work` for each item, `most` at a time, begun in the items' order; while the items are still coming the
 * first ones are worked on. Rejects with the first failure once all that was begun has ended.
 */
export async function sideBySide<T>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // One iterator for all workers: each takes what comes next.
  const iterator = items[Symbol.asyncIterator]();
  const worker = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return;
      await work(value);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}
