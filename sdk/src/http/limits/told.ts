import { type Meter, meterOf, SHORT_WINDOW_MS, Spacing } from './meter.ts';
import type { ToldLimit } from './rate-headers.ts';

/** Resets are given in whole seconds. */
const ROUNDING_MS = 1000;
/** Headers cannot express windows under a second. */
const SHORTEST_WINDOW_MS = 1000;
/** A smaller change of the window is due to the clocks, not to the vendor. */
const NOTICEABLE = 0.005;
/**
 * If a header asks for a longer pause than a run waits, we try a request anyway. A 429 will repeat it if it is
 * true.
 */
const LONGEST_SILENCE_MS = 3_660_000;

/**
 * One limit that the vendor reports in headers. Short windows are respected by spacing requests, because their
 * remaining counts are out of date when they arrive. For long windows we use the server's count down to zero and
 * then pause until the reset. If the server gives no count, we count ourselves.
 */
export class ToldMeter implements Meter {
  /** For a short window: what the headers said, and its meter. */
  #short: { readonly limit: number; readonly windowMs: number; readonly spacing: Spacing } | undefined;
  /** For a long window without a count from the server. */
  #counted: { readonly limit: number; readonly meter: Meter } | undefined;
  /** The longest time until a reset that was given as seconds left, or as a window. */
  #longestMs = SHORTEST_WINDOW_MS;
  /**
   * The same for resets given as instants, by our clock. Our estimate of the server's clock improves with each
   * response.
   */
  #furthestMs = Number.NEGATIVE_INFINITY;
  readonly #boundaries = new Boundaries();
  #sent: number;
  /** The server's count after request number `sent`, valid until `resetAt`. */
  #account: { sent: number; remaining: number; resetAt: number } | undefined;

  /** The window, if it is short. */
  get windowMs(): number | undefined {
    return this.#short?.windowMs;
  }

  /** @param sent the number of requests sent so far */
  constructor(sent: number) {
    this.#sent = sent;
  }

  /**
   * Called with what a response's headers say.
   * @param sent the number of its request
   * @returns the window in ms if the rate differs from before
   */
  hear(told: ToldLimit, sent: number, now: number): number | undefined {
    const windowMs = this.#windowOf(told, now);
    if (windowMs > SHORT_WINDOW_MS) {
      this.#hearLong(told, sent, now);
      return undefined;
    }
    const { limit } = told;
    this.#account = undefined;
    if (limit === undefined || (told.windowMs ?? told.resetMs) === undefined) return undefined;
    const same = this.#short?.limit === limit && Math.abs(this.#short.windowMs / windowMs - 1) < NOTICEABLE;
    if (same) return undefined;
    const spacing = this.#short?.spacing ?? new Spacing();
    spacing.spread(limit, windowMs);
    this.#short = { limit, windowMs, spacing };
    return windowMs;
  }

  /** The reported window, or at least the longest time until a reset. */
  #windowOf(told: ToldLimit, now: number): number {
    if (told.resetAt === undefined)
      this.#longestMs = Math.max(this.#longestMs, told.windowMs ?? told.resetMs ?? 0);
    else this.#furthestMs = Math.max(this.#furthestMs, told.resetAt - now);
    this.#boundaries.hear(told);
    if (told.windowMs !== undefined) return Math.max(SHORTEST_WINDOW_MS, told.windowMs);
    const longest = Math.max(this.#longestMs, this.#furthestMs - ((told.server ?? now) - now));
    const apart = this.#boundaries.apartMs ?? Number.POSITIVE_INFINITY;
    return Math.max(SHORTEST_WINDOW_MS, Math.min(longest, apart));
  }

  #hearLong({ limit, remaining, resetMs, windowMs }: ToldLimit, sent: number, now: number): void {
    this.#short = undefined;
    if (remaining !== undefined && resetMs !== undefined) {
      this.#counted = undefined;
      if (resetMs > LONGEST_SILENCE_MS) return;
      const known = this.#account;
      // Responses may overtake each other: the request that was sent last has the newest count.
      if (known && known.resetAt > now && known.sent > sent) return;
      this.#account = { sent, remaining, resetAt: now + resetMs + ROUNDING_MS };
    } else if (
      limit !== undefined &&
      windowMs !== undefined &&
      !this.#account &&
      this.#counted?.limit !== limit
    ) {
      this.#counted = { limit, meter: meterOf({ requests: limit, perMs: windowMs }) };
    }
  }

  readyAt(now: number): number {
    const account = this.#account;
    if (account && account.resetAt > now && account.remaining - (this.#sent - account.sent) <= 0)
      return account.resetAt;
    return Math.max(
      this.#short?.spacing.readyAt() ?? Number.NEGATIVE_INFINITY,
      this.#counted?.meter.readyAt(now) ?? Number.NEGATIVE_INFINITY,
    );
  }

  take(now: number): void {
    this.#sent++;
    this.#short?.spacing.take(now);
    this.#counted?.meter.take(now);
  }
}

/** How many windows are examined. */
const MOST_BOUNDARIES = 9;

/**
 * Measures the distance between the resets of fixed windows. An instant in whole seconds compared with a Date in
 * whole seconds makes a window of 1 s look like 2 s; between one reset and the next, nothing is rounded twice. A
 * reset counts only if the remaining count jumps up with it. With a sliding window or a bucket, the count rises
 * gradually.
 */
class Boundaries {
  #last: { readonly resetAt: number; readonly remaining: number } | undefined;
  readonly #resets: number[] = [];

  /** The mean distance in ms; undefined until three windows in a row have been seen to their ends. */
  get apartMs(): number | undefined {
    const count = this.#resets.length;
    return count < 3 ? undefined : (this.#resets[count - 1]! - this.#resets[0]!) / (count - 1);
  }

  hear({ limit, remaining, resetAt }: ToldLimit): void {
    if (limit === undefined || remaining === undefined || resetAt === undefined) return;
    const last = this.#last;
    // Responses may overtake each other: one from an earlier window is not news.
    if (last && resetAt < last.resetAt) return;
    if (last && resetAt === last.resetAt) {
      if (remaining < last.remaining) this.#last = { resetAt, remaining };
      return;
    }
    this.#last = { resetAt, remaining };
    if (!last) return;
    if (remaining - last.remaining < limit / 4) this.#resets.length = 0;
    else if (this.#resets.push(resetAt) > MOST_BOUNDARIES) this.#resets.shift();
  }
}
