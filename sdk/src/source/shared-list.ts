/**
 * A list that is requested once and read by several streams (boards, by the streams of boards, sprints and their issues).
 * Each reader gets all of it from the beginning, and its error if it fails. It is requested as it is read.
 */
export function sharedList<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const asked: Array<Promise<IteratorResult<T>>> = [];
  return {
    async *[Symbol.asyncIterator]() {
      for (let at = 0; ; at++) {
        asked[at] ??= iterator.next();
        const { done, value } = await asked[at]!;
        if (done) return;
        yield value;
      }
    },
  };
}
