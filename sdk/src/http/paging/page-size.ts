import type { ApiRequest } from '../request.ts';
import { endpointName } from './list-name.ts';

/** After this many good smaller pages, the previous size is tried once more. */
const PROBE_AFTER = 10;

/**
 * The page size of an endpoint. It is halved if pages are too heavy, tried once more later, and then stays small.
 */
export class PageSize {
  readonly #most: number;
  #now: number;
  #good = 0;
  #isProbed = false;

  constructor(most: number) {
    this.#most = most;
    this.#now = most;
  }

  /** The size to request. */
  next(): number {
    if (this.#now === this.#most || this.#isProbed || this.#good < PROBE_AFTER) return this.#now;
    this.#isProbed = true;
    return this.#most;
  }

  /** Records that a page of this size arrived. */
  came(size: number): void {
    // Requests that were in flight when the size was halved don't count.
    if (size > this.#now && this.#isProbed) this.#now = size;
    else this.#good++;
  }

  /** Records that a page of this size was too heavy. */
  tooHeavy(size: number): void {
    this.#now = Math.max(1, Math.min(this.#now, Math.ceil(size / 2)));
    this.#good = 0;
  }

  /** Restores this size: one record was the problem, not the size. */
  restore(size: number): void {
    this.#now = Math.max(this.#now, size);
  }
}

const sizes = new WeakMap<object, Map<string, PageSize>>();

/** The page size that a client knows for an endpoint; `most` is what the connector requests there. */
export function pageSizeOf(http: object, request: ApiRequest, most: number): PageSize {
  const known = sizes.get(http) ?? new Map<string, PageSize>();
  sizes.set(http, known);
  const name = `${endpointName(request)} ${most}`;
  const size = known.get(name) ?? new PageSize(most);
  known.set(name, size);
  return size;
}
