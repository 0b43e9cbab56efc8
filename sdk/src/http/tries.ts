import { AsyncLocalStorage } from 'node:async_hooks';

/** What became of the requests of some work. */
export interface Requests {
  /** Requests that were made. */
  made: number;
  /** Those that got a good answer. */
  answered: number;
}

interface Work {
  readonly tries: number;
  readonly requests: Requests;
  readonly outer: Work | undefined;
}

const works = new AsyncLocalStorage<Work>();

/**
 * Runs work whose requests are tried `tries` times at most, if many of them may fail, each in turn.
 * @param requests counts them; those of work inside of it count too
 */
export function withTries<T>(tries: number, work: () => T, requests: Requests = { made: 0, answered: 0 }): T {
  return works.run({ tries: Math.min(tries, mostTries()), requests, outer: works.getStore() }, work);
}

/** How often a request that is made now may be tried. */
export function mostTries(): number {
  return works.getStore()?.tries ?? Number.POSITIVE_INFINITY;
}

/** Counts a request that is made now, or its good answer. */
export function countRequest(what: keyof Requests): void {
  for (let work = works.getStore(); work; work = work.outer) work.requests[what]++;
}
