/**
 * The results of the items, in their order. `most` of them are processed at a time, ahead of the consumer. When the
 * consumer stops, what was started is awaited. Items may be pages that are still being listed: the next one is requested
 * while others are processed, and if that fails, the results that were started come first.
 */
export async function* workAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Array<Promise<R>> = [];
  let failure: { readonly error: unknown } | undefined;
  async function* coming(): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      failure = { error };
    }
  }
  try {
    for await (const item of coming()) {
      const result = work(item);
      // It is awaited when its turn comes. Until then an error must not count as unhandled.
      result.catch(() => {});
      begun.push(result);
      if (begun.length >= most) yield await begun.shift()!;
    }
    while (begun.length > 0) yield await begun.shift()!;
    if (failure) throw failure.error;
  } finally {
    await Promise.allSettled(begun);
  }
}
