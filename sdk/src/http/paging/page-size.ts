import type { ApiRequest } from '../request.ts';
import { endpointName } from './list-name.ts';

/** The old size is tried once more when so many smaller pages were good. */
const PROBE_AFTER = 10;

/** The size of an endpoint's pages: halved when they are too heavy, tried once more later, then left small. */
export class PageSize {
  readonly #most: number;
  #now: number;
  #good = 0;
  #isProbed = false;

  constructor(most: number) {
    this.#most = most;
    this.#now = most;
  }

  /** The size to ask for. */
  next(): number {
    if (this.#now === this.#most || this.#isProbed || this.#good < PROBE_AFTER) return this.#now;
    this.#isProbed = true;
    return this.#most;
  }

  /** A page of this size was asked for and came. */
  came(size: number): void {
    // What was under way when the size was halved says nothing.
    if (size > this.#now && this.#isProbed) this.#now = size;
    else this.#good++;
  }

  /** A page of this size was too much. */
  tooHeavy(size: number): void {
    this.#now = Math.max(1, Math.min(this.#now, Math.ceil(size / 2)));
    this.#good = 0;
  }

  /** Back to this size: it was one record, not the size. */
  restore(size: number): void {
    this.#now = Math.max(this.#now, size);
  }
}

const sizes = new WeakMap<object, Map<string, PageSize>>();

/** The size that a client knows of an endpoint; `most` is what a connector asks for there. */
export function pageSizeOf(http: object, request: ApiRequest, most: number): PageSize {
  const known = sizes.get(http) ?? new Map<string, PageSize>();
  sizes.set(http, known);
  const name = `${endpointName(request)} ${most}`;
  const size = known.get(name) ?? new PageSize(most);
  known.set(name, size);
  return size;
}
