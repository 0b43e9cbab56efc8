import { type Backoff, backoffMs } from '../backoff.ts';
import { Adaptive } from './adaptive.ts';
import type { Meter } from './meter.ts';
import type { ToldLimit } from './rate-headers.ts';
import { ToldMeter } from './told.ts';

/** If a probe has no response after this long, it no longer holds back other requests. */
const LONGEST_PROBE_MS = 10_000;
/** Random time added to a pause that the vendor asked for, so that not all clients return at the same instant. */
const JITTER_MS = 250;
/** The most limit names that are tracked, so that a server which invents new names cannot fill memory. */
const MOST_TOLD = 16;
/** A quota that is used up comes back in an hour rather than in seconds: its pauses may grow to so many times a burst's. */
const QUOTA_PAUSES = 10;

/** One endpoint of a credential: its waiting requests, and when the next may be sent. */
export class Endpoint {
  readonly waiting = new Queue();
  readonly meters: Meter[];
  readonly adaptive: Adaptive | undefined;
  readonly #told = new Map<string, ToldMeter>();
  #sent = 0;
  #underWay = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** Throttled responses since the last success, counted once per pause. */
  #refusals = 0;
  #lastRefusal = Number.NEGATIVE_INFINITY;
  /** Until then, the server may still be counting requests that we sent before its headers reported a rate. */
  #learntUntil = Number.NEGATIVE_INFINITY;
  /** After a pause, one request goes first. The others wait for its response, or until this time. */
  #probeUntil = Number.NEGATIVE_INFINITY;

  constructor(meters: Meter[], adaptive: boolean) {
    this.meters = meters;
    this.adaptive = adaptive ? new Adaptive() : undefined;
  }

  /** When pauses, budgets and header limits allow a request. */
  openAt(now: number): number {
    let at = this.#pausedUntil;
    for (const meter of this.meters) at = Math.max(at, meter.readyAt(now));
    for (const told of this.#told.values()) at = Math.max(at, told.readyAt(now));
    return at;
  }

  /** When a request may be sent, taking everything into account. */
  readyAt(now: number): number {
    const at = Math.max(this.openAt(now), this.#refusals > 0 ? this.#probeUntil : 0);
    // Asked last, and only if nothing else holds the request back, because it grows while it is the limit.
    return at > now || !this.adaptive ? at : Math.max(at, this.adaptive.readyAt(now));
  }

  /** Records that a request is sent. */
  take(now: number): { readonly sent: number; readonly at: number } {
    this.#sent++;
    this.#underWay++;
    for (const meter of this.meters) meter.take(now);
    for (const told of this.#told.values()) told.take(now);
    this.adaptive?.take(now);
    if (this.#refusals > 0) this.#probeUntil = now + LONGEST_PROBE_MS;
    return { sent: this.#sent, at: now };
  }

  /** Applies the limits from a response's headers. @param sent the number that `take` gave its request */
  hear(told: ToldLimit, sent: number, now: number): void {
    let known = this.#told.get(told.name);
    if (!known) {
      if (this.#told.size >= MOST_TOLD) return;
      known = new ToldMeter(this.#sent);
      this.#told.set(told.name, known);
    }
    const windowMs = known.hear(told, sent, now);
    if (windowMs !== undefined) this.#learntUntil = Math.max(this.#learntUntil, now + windowMs);
  }

  /** A result that is not a throttled response; there may have been no response at all. */
  fine(sentAt: number, now: number): undefined {
    this.#underWay--;
    // A request sent before the pause does not show that the pause helped.
    if (sentAt > this.#lastRefusal) this.#refusals = 0;
    this.adaptive?.fine(sentAt, now);
  }

  /** @param isBurst whether it says something about this endpoint's rate @returns when the pause ends */
  throttled(
    sentAt: number,
    now: number,
    afterMs: number | undefined,
    backoff: Backoff,
    random: number,
    isBurst: boolean,
  ): number {
    this.#underWay--;
    // Count one refusal per pause: requests sent before the last refusal belong to the same burst.
    if (sentAt > this.#lastRefusal) {
      this.#refusals++;
      this.#lastRefusal = now;
      const most = isBurst ? backoff.maxMs : QUOTA_PAUSES * backoff.maxMs;
      const guess = this.#windowMs() ?? backoffMs({ ...backoff, maxMs: most }, this.#refusals + 1, random);
      // If the pause that the vendor asked for was not enough, wait longer.
      const asked = afterMs === undefined ? guess : afterMs + JITTER_MS * random;
      this.#pause(now + (this.#refusals > 2 ? Math.max(asked, guess) : asked));
    } else if (afterMs !== undefined) this.#pause(now + afterMs + JITTER_MS * random);
    if (isBurst && sentAt > this.#learntUntil) this.adaptive?.throttled(sentAt, now);
    this.adaptive?.paused(this.#pausedUntil);
    return this.#pausedUntil;
  }

  /** Whether forgetting this endpoint would lose nothing. */
  isIdle(now: number): boolean {
    return this.waiting.first === undefined && this.#underWay === 0 && this.readyAt(now) <= now;
  }

  /** The longest useful pause if the headers report a short window, as long as such pauses help. */
  #windowMs(): number | undefined {
    if (this.#refusals > 1) return undefined;
    const known = [...this.#told.values()].map(({ windowMs }) => windowMs).filter((ms) => ms !== undefined);
    return known.length > 0 ? Math.max(...known) : undefined;
  }

  #pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    // No probe has been sent yet.
    this.#probeUntil = Number.NEGATIVE_INFINITY;
  }
}

/** A place in the queue: requests with a lower rank go first, and among equals those with a lower ticket. */
export interface QueuePlace {
  /** Default: 0. */
  readonly rank?: number;
  readonly ticket: number;
}

export function isBefore(a: QueuePlace, b: QueuePlace): boolean {
  const { rank: first = 0 } = a;
  const { rank: second = 0 } = b;
  return first === second ? a.ticket < b.ticket : first < second;
}

/** Waiting requests, in order. */
class Queue {
  readonly #waiters: QueuePlace[] = [];

  get first(): QueuePlace | undefined {
    return this.#waiters[0];
  }

  add(waiter: QueuePlace): void {
    let at = this.#waiters.length;
    while (at > 0 && isBefore(waiter, this.#waiters[at - 1]!)) at--;
    this.#waiters.splice(at, 0, waiter);
  }

  remove(waiter: QueuePlace): void {
    const at = this.#waiters.indexOf(waiter);
    if (at !== -1) this.#waiters.splice(at, 1);
  }
}
