import type { HeadraceError } from '../errors.ts';

/** So many refusals and no good answer between: asking on changes nothing, and locks accounts. */
const MOST_REFUSALS = 5;
/** Of so many it is remembered that they are forbidden; of more it is asked once more each time (invariant 8). */
const MOST_ENDPOINTS = 1000;

/**
 * How the credentials stand with the server. One refusal among good answers is mostly a server's mood, so such a
 * request is asked once more; at the start of a process it is the truth.
 */
export class Standing {
  #isGood = false;
  #refusals = 0;
  #last: HeadraceError | undefined;
  /** Endpoints of which it is known that this account may not ask them. */
  readonly #forbidden = new Set<string>();

  /** Whether an answer was ever understood. */
  get isGood(): boolean {
    return this.#isGood;
  }

  /** An answer was fine and could be read. */
  answered(): void {
    this.#isGood = true;
    this.#refusals = 0;
  }

  /** The credentials were refused. @returns whether it is worth to ask once more */
  refused(error: HeadraceError): boolean {
    this.#last = error;
    return ++this.#refusals < MOST_REFUSALS && this.#isGood;
  }

  /** The account may not do this. @returns whether it is worth to ask once more: once for each endpoint */
  forbidden(endpoint: string): boolean {
    return this.#isGood && !this.#forbidden.has(endpoint);
  }

  /** It was asked once more, and may not. */
  confirm(endpoint: string): void {
    if (this.#forbidden.size < MOST_ENDPOINTS) this.#forbidden.add(endpoint);
  }

  /** @throws the last refusal if there were too many */
  mustStand(): void {
    if (this.#last && this.#refusals >= MOST_REFUSALS) throw this.#last;
  }
}
