import { type Backoff, backoffMs } from '../backoff.ts';
import { Adaptive } from './adaptive.ts';
import type { Meter } from './meter.ts';
import type { ToldLimit } from './rate-headers.ts';
import { ToldMeter } from './told.ts';

/** A probe that has no answer after this holds the others no longer. */
const LONGEST_PROBE_MS = 10_000;
/** What is added to a pause that the vendor asked for: not everybody comes back in the same instant. */
const JITTER_MS = 250;
/** Names of limits that are listened to; a server that makes up new ones does not fill the memory. */
const MOST_TOLD = 16;

/** One endpoint of a credential: who waits for it, and when the next may go. */
export class Endpoint {
  readonly waiting = new Queue();
  readonly meters: Meter[];
  readonly adaptive: Adaptive | undefined;
  readonly #told = new Map<string, ToldMeter>();
  #sent = 0;
  #underWay = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** Throttled answers since the last one that was not, one a pause. */
  #refusals = 0;
  #lastRefusal = Number.NEGATIVE_INFINITY;
  /** Until then a server may still count what went before its headers told their rate. */
  #learntUntil = Number.NEGATIVE_INFINITY;
  /** After a pause one request goes ahead; the others wait for its answer, or until then. */
  #probeUntil = Number.NEGATIVE_INFINITY;

  constructor(meters: Meter[], adaptive: boolean) {
    this.meters = meters;
    this.adaptive = adaptive ? new Adaptive() : undefined;
  }

  /** When pauses, budgets and what headers tell allow a request. */
  openAt(now: number): number {
    let at = this.#pausedUntil;
    for (const meter of this.meters) at = Math.max(at, meter.readyAt(now));
    for (const told of this.#told.values()) at = Math.max(at, told.readyAt(now));
    return at;
  }

  /** When a request may go, everything considered. */
  readyAt(now: number): number {
    const at = Math.max(this.openAt(now), this.#refusals > 0 ? this.#probeUntil : 0);
    // Last, and only where nothing else holds: it grows where it is what holds a request back.
    return at > now || !this.adaptive ? at : Math.max(at, this.adaptive.readyAt(now));
  }

  /** A request goes. */
  take(now: number): { readonly sent: number; readonly at: number } {
    this.#sent++;
    this.#underWay++;
    for (const meter of this.meters) meter.take(now);
    for (const told of this.#told.values()) told.take(now);
    this.adaptive?.take(now);
    if (this.#refusals > 0) this.#probeUntil = now + LONGEST_PROBE_MS;
    return { sent: this.#sent, at: now };
  }

  /** What an answer's headers told. @param sent the number that `take` gave its request */
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

  /** An answer, or none, but not a throttled one. */
  fine(sentAt: number, now: number): undefined {
    this.#underWay--;
    // What was sent before the pause does not say that it has helped.
    if (sentAt > this.#lastRefusal) this.#refusals = 0;
    this.adaptive?.fine(sentAt, now);
  }

  /** @param isBurst whether it says something of this endpoint's rate @returns when the pause ends */
  throttled(
    sentAt: number,
    now: number,
    afterMs: number | undefined,
    backoff: Backoff,
    random: number,
    isBurst: boolean,
  ): number {
    this.#underWay--;
    // One refusal a pause: what was sent before the last one is the same burst.
    if (sentAt > this.#lastRefusal) {
      this.#refusals++;
      this.#lastRefusal = now;
      const guess = this.#windowMs() ?? backoffMs(backoff, this.#refusals + 1, random);
      // A vendor whose own word was not enough is waited for longer.
      const asked = afterMs === undefined ? guess : afterMs + JITTER_MS * random;
      this.#pause(now + (this.#refusals > 2 ? Math.max(asked, guess) : asked));
    } else if (afterMs !== undefined) this.#pause(now + afterMs + JITTER_MS * random);
    if (isBurst && sentAt > this.#learntUntil) this.adaptive?.throttled(sentAt, now);
    this.adaptive?.paused(this.#pausedUntil);
    return this.#pausedUntil;
  }

  /** Whether nothing would be lost by forgetting it. */
  isIdle(now: number): boolean {
    return this.waiting.first === undefined && this.#underWay === 0 && this.readyAt(now) <= now;
  }

  /** How long to wait at most where headers tell a short window, as long as that helps. */
  #windowMs(): number | undefined {
    if (this.#refusals > 1) return undefined;
    const known = [...this.#told.values()].map(({ windowMs }) => windowMs).filter((ms) => ms !== undefined);
    return known.length > 0 ? Math.max(...known) : undefined;
  }

  #pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    // Nobody has gone ahead yet.
    this.#probeUntil = Number.NEGATIVE_INFINITY;
  }
}

/** Waiters by their tickets. */
class Queue {
  readonly #waiters: Array<{ readonly ticket: number }> = [];

  get first(): { readonly ticket: number } | undefined {
    return this.#waiters[0];
  }

  add(waiter: { readonly ticket: number }): void {
    let at = this.#waiters.length;
    while (at > 0 && this.#waiters[at - 1]!.ticket > waiter.ticket) at--;
    this.#waiters.splice(at, 0, waiter);
  }

  remove(waiter: { readonly ticket: number }): void {
    const at = this.#waiters.indexOf(waiter);
    if (at !== -1) this.#waiters.splice(at, 1);
  }
}
