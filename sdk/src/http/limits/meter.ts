/** Something that says when the next request may go. Times are in ms of the limiter's clock. */
export interface Meter {
  /** When a request may go at the earliest; `now` or before: at once. */
  readyAt(now: number): number;
  /** A request goes now. */
  take(now: number): void;
}

/** A fixed budget: so many requests in any stretch of `perMs` milliseconds. */
export interface Budget {
  readonly requests: number;
  readonly perMs: number;
  /** Whose budget it is: everything the credential asks (→), or each endpoint (`scope`) by itself. */
  readonly per?: 'credential' | 'endpoint';
}

/** Windows up to this are kept by spacing requests evenly; longer ones by counting. */
export const SHORT_WINDOW_MS = 10_000;
/**
 * Of a short window's rate so much is used, and so much of the window may be caught up after idling or a late
 * timer: together below 1, so that no stretch of the window's length ever holds more than the budget, wherever
 * the server's windows begin. What is left is for the jitter of the network.
 */
const USED = 0.97;
const CAUGHT_UP = 0.02;

/** The meter of a budget. @throws RangeError where it is none */
export function meterOf({ requests, perMs }: Budget): Meter {
  if (!(requests >= 1 && perMs > 0 && Number.isFinite(requests * perMs)))
    throw new RangeError(`a budget of ${requests} requests in ${perMs} ms is none`);
  if (perMs > SHORT_WINDOW_MS) return new Counted(requests, perMs);
  const spacing = new Spacing();
  spacing.spread(requests, perMs);
  return spacing;
}

/** Requests spaced evenly (the generic cell rate algorithm); without a rate it lets everything pass. */
export class Spacing implements Meter {
  #intervalMs = 0;
  #toleranceMs = 0;
  /** When the next request would go if all were spaced exactly. */
  #due = Number.NEGATIVE_INFINITY;

  /** @param rate requests per ms @param toleranceMs how far it may catch up what it fell behind */
  set(rate: number, toleranceMs: number): void {
    this.#intervalMs = 1 / rate;
    this.#toleranceMs = toleranceMs;
  }

  /** A rate that keeps to so many requests in a short window, with the margin that this needs. */
  spread(requests: number, perMs: number): void {
    this.set((USED * requests) / perMs, CAUGHT_UP * perMs);
  }

  readyAt(): number {
    return this.#intervalMs === 0 ? Number.NEGATIVE_INFINITY : this.#due;
  }

  take(now: number): void {
    this.#due = Math.max(this.#due, now - this.#toleranceMs) + this.#intervalMs;
  }

  /** Forgets what could be caught up: the next request goes at `at` at the earliest. */
  restart(at: number): void {
    this.#due = Math.max(this.#due, at);
  }
}

const SLICES = 100;
/** A request counts a second longer than the window: the server may have seen it so much after us. */
const LATE_MS = 1000;

/**
 * A long window: requests go as they come until the budget of the sliding window is spent. An hour's budget
 * spread evenly would make a sync of a hundred requests last minutes for nothing.
 */
class Counted implements Meter {
  readonly #requests: number;
  readonly #sliceMs: number;
  readonly #windowMs: number;
  /** Slices that still count, oldest first: when the last of it leaves the window, and how many went in it. */
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
    // A clock that was set back counts on in the newest slice.
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
