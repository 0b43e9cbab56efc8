import type { HeadraceError } from '../errors.ts';

/**
 * After this many refusals without a good response in between, we stop: more requests change nothing and may lock
 * the account.
 */
const MOST_REFUSALS = 5;
/**
 * The most endpoints remembered as forbidden. Beyond that, each forbidden request is sent once more (invariant 8).
 */
const MOST_ENDPOINTS = 1000;

/**
 * Tracks whether the server accepts the credentials. A single refusal among good responses is usually a glitch, so
 * that request is sent once more. At the start of a process, a refusal is real.
 */
export class Standing {
  #isGood = false;
  #refusals = 0;
  #last: HeadraceError | undefined;
  /** Endpoints that this account is known to have no permission for. */
  readonly #forbidden = new Set<string>();

  /** Whether a response was ever good and readable. */
  get isGood(): boolean {
    return this.#isGood;
  }

  /** A response was good and readable. */
  answered(): void {
    this.#isGood = true;
    this.#refusals = 0;
  }

  /** The credentials were refused. @returns whether to send the request once more */
  refused(error: HeadraceError): boolean {
    this.#last = error;
    return ++this.#refusals < MOST_REFUSALS && this.#isGood;
  }

  /** The account lacks permission. @returns whether to send the request once more: once for each endpoint */
  forbidden(endpoint: string): boolean {
    return this.#isGood && !this.#forbidden.has(endpoint);
  }

  /** The second request was refused as well. */
  confirm(endpoint: string): void {
    if (this.#forbidden.size < MOST_ENDPOINTS) this.#forbidden.add(endpoint);
  }

  /** @throws the last refusal if there were too many */
  mustStand(): void {
    if (this.#last && this.#refusals >= MOST_REFUSALS) throw this.#last;
  }
}
