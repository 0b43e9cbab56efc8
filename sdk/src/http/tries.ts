import { AsyncLocalStorage } from 'node:async_hooks';

/** Counts the requests of some work. */
export interface Requests {
  /** Requests made. */
  made: number;
  /** Requests that got a good response. */
  answered: number;
}

interface Work {
  readonly tries: number;
  readonly requests: Requests;
  readonly outer: Work | undefined;
}

const works = new AsyncLocalStorage<Work>();

/**
 * Runs work in which each request gets at most `tries` tries. For work of which many requests may fail, one after
 * another.
 * @param requests counts the requests, including those of nested work
 */
export function withTries<T>(tries: number, work: () => T, requests: Requests = { made: 0, answered: 0 }): T {
  return works.run({ tries: Math.min(tries, mostTries()), requests, outer: works.getStore() }, work);
}

/** How many tries a request made now may have. */
export function mostTries(): number {
  return works.getStore()?.tries ?? Number.POSITIVE_INFINITY;
}

/** Counts a request made now, or its good response. */
export function countRequest(what: keyof Requests): void {
  for (let work = works.getStore(); work; work = work.outer) work.requests[what]++;
}
