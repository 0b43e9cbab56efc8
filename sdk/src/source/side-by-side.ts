/**
 * Runs `work` for each item, `most` at a time, begun in the items' order. While the items are still coming the
 * first ones are worked on, and as many more are asked for ahead: nobody waits for the next page of a list.
 * Rejects with the first failure once all that was begun has ended.
 */
export async function sideBySide<T>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // One iterator for all workers: each takes what comes next.
  const next = takeAhead(items, most);
  const worker = async (): Promise<void> => {
    for (let item = await next(); !item.done; item = await next()) await work(item.value);
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** The items' `next`, asked `most` times ahead of whoever calls it. */
function takeAhead<T>(items: AsyncIterable<T>, most: number): () => Promise<IteratorResult<T>> {
  const iterator = items[Symbol.asyncIterator]();
  const asked: Array<Promise<IteratorResult<T>>> = [];
  return () => {
    while (asked.length <= most) {
      const next = iterator.next();
      // Met when its turn comes; until then nobody may call it unhandled.
      next.catch(() => {});
      asked.push(next);
    }
    return asked.shift()!;
  };
}
