/**
 * Runs `work` for each item, `most` at a time, started in the order of the items. The first ones are processed while
 * others are still being listed, and as many more are requested ahead, so that nothing waits for the next page of a list.
 * Rejects with the first error, after everything that was started has ended.
 */
export async function sideBySide<T>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // All workers share one iterator: each takes the next item.
  const next = takeAhead(items, most);
  const worker = async (): Promise<void> => {
    for (let item = await next(); !item.done; item = await next()) await work(item.value);
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** The `next` of the items, called up to `most` times ahead. */
function takeAhead<T>(items: AsyncIterable<T>, most: number): () => Promise<IteratorResult<T>> {
  const iterator = items[Symbol.asyncIterator]();
  const asked: Array<Promise<IteratorResult<T>>> = [];
  return () => {
    while (asked.length <= most) {
      const next = iterator.next();
      // It is awaited when its turn comes. Until then an error must not count as unhandled.
      next.catch(() => {});
      asked.push(next);
    }
    return asked.shift()!;
  };
}
