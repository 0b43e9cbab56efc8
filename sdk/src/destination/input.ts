/**
 * The next item of an iterator, or `stopped` as soon as that is signalled: a read of an idle pipe cannot be cancelled.
 */
export interface StoppableInput<T> {
  next(): Promise<IteratorResult<T> | 'stopped'>;
  stop(): void;
}

export function stoppable<T>(source: AsyncIterator<T>): StoppableInput<T> {
  let stopped = false;
  let wake: (() => void) | undefined;
  return {
    next() {
      if (stopped) return Promise.resolve('stopped');
      // One promise per item: racing each one against the same stop promise would keep all of them alive (invariant 8).
      return new Promise((resolve, reject) => {
        wake = () => resolve('stopped');
        source.next().then(resolve, reject);
      });
    },
    stop() {
      stopped = true;
      wake?.();
    },
  };
}
