/**
 * What becomes of the items, in their order: `most` of them are worked on at a time, ahead of whoever takes the
 * results. What is under way when nobody wants more is waited for.
 */
export async function* workAhead<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Array<Promise<R>> = [];
  try {
    for (const item of items) {
      const result = work(item);
      // Met when its turn comes; until then nobody may call it unhandled.
      result.catch(() => {});
      begun.push(result);
      if (begun.length >= most) yield await begun.shift()!;
    }
    while (begun.length > 0) yield await begun.shift()!;
  } finally {
    await Promise.allSettled(begun);
  }
}
