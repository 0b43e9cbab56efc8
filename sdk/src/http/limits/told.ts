import { type Meter, SHORT_WINDOW_MS, Spacing } from './meter.ts';
import type { ToldLimit } from './rate-headers.ts';

/** See meter.ts: what of a told rate is used, and how much of its window may be caught up. */
const USED = 0.97;
const CAUGHT_UP = 0.02;
/** Resets are told in whole seconds. */
const ROUNDING_MS = 1000;
/** Windows under a second cannot be told. */
const SHORTEST_WINDOW_MS = 1000;
/** A header that wants a longer silence than a run keeps is tried out instead: a 429 will say it again. */
const LONGEST_SILENCE_MS = 3_660_000;

/**
 * One limit that headers tell. Short windows are kept by spacing: their remaining counts are older than the
 * window by the time they arrive. Of long ones the server's own count is followed down to nothing, then it is
 * quiet until the reset.
 */
export class Told implements Meter {
  readonly #spacing = new Spacing();
  #rate = Number.POSITIVE_INFINITY;
  #longestMs = SHORTEST_WINDOW_MS;
  #sent: number;
  /** The server's count after the request number `sent`, good until `resetAt`. */
  #account: { sent: number; remaining: number; resetAt: number } | undefined;

  /** The window, where it is a short one. */
  get windowMs(): number | undefined {
    return Number.isFinite(this.#rate) ? this.#longestMs : undefined;
  }

  /** @param sent how many requests have gone so far */
  constructor(sent: number) {
    this.#sent = sent;
  }

  /**
   * An answer told this.
   * @param sent the number of its request
   * @returns the window in ms where it told another rate than before
   */
  hear(told: ToldLimit, sent: number, now: number): number | undefined {
    const { limit, remaining, resetMs, windowMs } = told;
    // The window is at least as long as the longest time until a reset.
    this.#longestMs = Math.max(this.#longestMs, windowMs ?? resetMs ?? 0);
    const window = Math.max(SHORTEST_WINDOW_MS, windowMs ?? this.#longestMs);
    if (window <= SHORT_WINDOW_MS) {
      this.#account = undefined;
      const isRate = limit !== undefined && (windowMs ?? resetMs) !== undefined;
      const isNew = isRate && this.#setRate((USED * limit) / window, CAUGHT_UP * window);
      return isNew ? window : undefined;
    }
    this.#setRate(Number.POSITIVE_INFINITY, 0);
    if (remaining === undefined || resetMs === undefined || resetMs > LONGEST_SILENCE_MS) return undefined;
    const known = this.#account;
    // Answers may overtake each other: the request that was sent last has the newest count.
    if (known && known.resetAt > now && known.sent > sent) return undefined;
    this.#account = { sent, remaining, resetAt: now + resetMs + ROUNDING_MS };
    return undefined;
  }

  #setRate(rate: number, toleranceMs: number): boolean {
    if (rate === this.#rate) return false;
    this.#rate = rate;
    this.#spacing.set(rate, toleranceMs);
    return true;
  }

  readyAt(now: number): number {
    const account = this.#account;
    if (account && account.resetAt > now && account.remaining - (this.#sent - account.sent) <= 0)
      return account.resetAt;
    return this.#spacing.readyAt();
  }

  take(now: number): void {
    this.#sent++;
    this.#spacing.take(now);
  }
}
