/**
 * What becomes of the items, in their order: `most` of them are worked on at a time, ahead of whoever takes the
 * results. What is under way when nobody wants more is waited for. Items may be pages that are still coming: the
 * next one is asked for while they are worked on; where that fails, what is under way comes first.
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
      // Met when its turn comes; until then nobody may call it unhandled.
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
