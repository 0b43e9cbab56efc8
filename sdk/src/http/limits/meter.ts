/** Decides when the next request may be sent. Times are in ms of the limiter's clock. */
export interface Meter {
  /** The earliest time at which a request may be sent. `now` or earlier means at once. */
  readyAt(now: number): number;
  /** Records that a request is sent now. */
  take(now: number): void;
}

/** A fixed budget: a number of requests in any period of `perMs` milliseconds. */
export interface Budget {
  readonly requests: number;
  readonly perMs: number;
  /**
   * What the budget applies to: all requests of the credential (default), or each endpoint (`scope`) separately.
   */
  readonly per?: 'credential' | 'endpoint';
}

/** Windows up to this long are respected by spacing requests evenly, longer ones by counting. */
export const SHORT_WINDOW_MS = 10_000;
/**
 * For short windows: the fraction of the rate to use, and the fraction of the window that may be caught up after
 * idling or a late timer. Together they are below 1, so that no period of the window's length ever exceeds the
 * budget, wherever the server's windows begin. The rest is a margin for network jitter.
 */
const USED = 0.97;
const CAUGHT_UP = 0.02;

/** The meter for a budget. @throws RangeError if the budget is invalid */
export function meterOf({ requests, perMs }: Budget): Meter {
  if (!(requests >= 1 && perMs > 0 && Number.isFinite(requests * perMs)))
    throw new RangeError(`a budget of ${requests} requests in ${perMs} ms is none`);
  if (perMs > SHORT_WINDOW_MS) return new Counted(requests, perMs);
  const spacing = new Spacing();
  spacing.spread(requests, perMs);
  return spacing;
}

/** Spaces requests evenly (the generic cell rate algorithm). Without a rate, everything passes. */
export class Spacing implements Meter {
  #intervalMs = 0;
  #toleranceMs = 0;
  /** When the next request would be due if all were spaced exactly. */
  #due = Number.NEGATIVE_INFINITY;

  /** @param rate requests per ms @param toleranceMs how much delay it may catch up */
  set(rate: number, toleranceMs: number): void {
    this.#intervalMs = 1 / rate;
    this.#toleranceMs = toleranceMs;
  }

  /** Sets a rate that respects a number of requests in a short window, with the necessary margin. */
  spread(requests: number, perMs: number): void {
    this.set((USED * requests) / perMs, CAUGHT_UP * perMs);
  }

  readyAt(): number {
    return this.#intervalMs === 0 ? Number.NEGATIVE_INFINITY : this.#due;
  }

  take(now: number): void {
    this.#due = Math.max(this.#due, now - this.#toleranceMs) + this.#intervalMs;
  }

  /** Drops what could be caught up: the next request goes at `at` at the earliest. */
  restart(at: number): void {
    this.#due = Math.max(this.#due, at);
  }
}

const SLICES = 100;
/** A request counts for a second longer than the window, because the server may see it that much later. */
const LATE_MS = 1000;

/**
 * A long window: requests are sent without delay until the budget of the sliding window is used up. Spreading an
 * hour's budget evenly would make a sync of a hundred requests last minutes for no reason.
 */
class Counted implements Meter {
  readonly #requests: number;
  readonly #sliceMs: number;
  readonly #windowMs: number;
  /**
   * Slices that still count, oldest first: when the last request of a slice leaves the window, and how many it
   * has.
   */
  readonly #slices: Array<{ slice: number; count: number }> = [];
  #count = 0;

  constructor(requests: number, perMs: number) {
    this.#requests = Math.floor(requests);
    this.#windowMs = perMs + LATE_MS;
    this.#sliceMs = perMs / SLICES;
  }

  readyAt(now: number): number {
    this.#forget(now);
    return this.#count < this.#requests ? now : this.#leaves(this.#slices[0]!.slice);
  }

  take(now: number): void {
    this.#forget(now);
    const slice = Math.floor(now / this.#sliceMs);
    const last = this.#slices.at(-1);
    // If the clock was set back, continue in the newest slice.
    if (last && last.slice >= slice) last.count++;
    else this.#slices.push({ slice, count: 1 });
    this.#count++;
  }

  #forget(now: number): void {
    while (this.#slices.length > 0 && this.#leaves(this.#slices[0]!.slice) <= now)
      this.#count -= this.#slices.shift()!.count;
  }

  #leaves(slice: number): number {
    return (slice + 1) * this.#sliceMs + this.#windowMs;
  }
}
