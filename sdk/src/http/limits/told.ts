import { type Meter, meterOf, SHORT_WINDOW_MS, Spacing } from './meter.ts';
import type { ToldLimit } from './rate-headers.ts';

/** Resets are told in whole seconds. */
const ROUNDING_MS = 1000;
/** Windows under a second cannot be told. */
const SHORTEST_WINDOW_MS = 1000;
/** Less than this of a window is the clocks' and not the vendor's. */
const NOTICEABLE = 0.005;
/** A header that wants a longer silence than a run keeps is tried out instead: a 429 will say it again. */
const LONGEST_SILENCE_MS = 3_660_000;

/**
 * One limit that headers tell. Short windows are kept by spacing: their remaining counts are older than the
 * window by the time they arrive. Of long ones the server's own count is followed down to nothing, then it is
 * quiet until the reset; without such a count our own has to do.
 */
export class ToldMeter implements Meter {
  /** Of a short window: what it was told of, and how it is kept. */
  #short: { readonly limit: number; readonly windowMs: number; readonly spacing: Spacing } | undefined;
  /** Of a long one that nobody counts for us. */
  #counted: { readonly limit: number; readonly meter: Meter } | undefined;
  /** The longest time until a reset that was told as seconds left or as a window. */
  #longestMs = SHORTEST_WINDOW_MS;
  /** The same of resets told as instants, by our clock: the server's is known better with each answer. */
  #furthestMs = Number.NEGATIVE_INFINITY;
  readonly #boundaries = new Boundaries();
  #sent: number;
  /** The server's count after the request number `sent`, good until `resetAt`. */
  #account: { sent: number; remaining: number; resetAt: number } | undefined;

  /** The window, where it is a short one. */
  get windowMs(): number | undefined {
    return this.#short?.windowMs;
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

  /** The window that was told, or at least as long as the longest time until a reset. */
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
      // Answers may overtake each other: the request that was sent last has the newest count.
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

/** So many windows are looked at. */
const MOST_BOUNDARIES = 9;

/**
 * How far apart the resets of fixed windows are. An instant in whole seconds against a Date in whole seconds
 * makes a window of 1 s look like one of 2; from one reset to the next nothing is rounded twice. A reset counts
 * where the remaining count jumps up with it: over a sliding window or a bucket it creeps.
 */
class Boundaries {
  #last: { readonly resetAt: number; readonly remaining: number } | undefined;
  readonly #resets: number[] = [];

  /** Milliseconds in the mean; undefined before three windows in a row were seen to their ends. */
  get apartMs(): number | undefined {
    const count = this.#resets.length;
    return count < 3 ? undefined : (this.#resets[count - 1]! - this.#resets[0]!) / (count - 1);
  }

  hear({ limit, remaining, resetAt }: ToldLimit): void {
    if (limit === undefined || remaining === undefined || resetAt === undefined) return;
    const last = this.#last;
    // Answers may overtake each other: one of a window that has passed says nothing new.
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
