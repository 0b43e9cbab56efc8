/**
 * A list that is asked for once and read by several (boards, by the streams of boards, sprints and their issues):
 * each gets all that came, from its beginning, and then what the list ended with, failures included. It is asked for
 * as it is read.
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
