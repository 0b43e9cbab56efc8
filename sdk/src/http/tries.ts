import { AsyncLocalStorage } from 'node:async_hooks';

const most = new AsyncLocalStorage<number>();

/** Runs work whose requests are tried `tries` times at most: where many of them may fail, each in turn. */
export function withTries<T>(tries: number, work: () => T): T {
  return most.run(Math.min(tries, mostTries()), work);
}

/** How often a request that is made now may be tried. */
export function mostTries(): number {
  return most.getStore() ?? Number.POSITIVE_INFINITY;
}
