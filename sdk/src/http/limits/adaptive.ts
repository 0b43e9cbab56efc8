import { type Meter, Spacing } from './meter.ts';

/** Growth per second, as a fraction of the rate that was last too high: far below that rate, and near it. */
const GROWTH = { below: 0.05, near: 1 / 400 };
/** Growth above it, as a fraction of the current rate. The longer this goes well, the faster it grows. */
const BEYOND = { first: 0.02, more: 0.002, most: 0.5 };
const NEAR = { from: 0.85, to: 1.05 };
const CUT = 0.9;
/** If a throttled period was mostly pauses, the rate is cut by more: down to this fraction at a time. */
const DEEP_CUT = 0.7;
/** Rates are measured over this period. */
const MEASURED_MS = 1000;
/** A rate must be measured over at least this long and over several requests; a few say nothing. */
const LEAST_MS = 250;
const LEAST_REQUESTS = 10;
/** It never slows down below one request in ten seconds on its own. */
const SLOWEST = 1 / 10_000;
const TOLERANCE_MS = 2;
/**
 * Cuts should lead to more successful responses, because there are fewer pauses. Suppose a row of cuts, none of
 * which helped for longer than `helpedMs`, has reduced the responses per second below this fraction. Then
 * throttling does not depend on the rate (some servers throttle at random). The old rate is restored and left
 * alone for a while.
 */
const VAIN = { part: 0.5, helpedMs: 30_000, leftAloneMs: 60_000 };
/** Responses are counted over this many cuts at the start and at the end of a row. */
const COUNTED = 3;

/**
 * Finds an allowed rate that the vendor does not report. It starts without a limit, as fast as the concurrency
 * allows. When throttled, it goes to 0.9 of the measured rate and grows from there: fast while far below the rate
 * that was too high, slowly near it, and fast again once that rate has proved to be allowed now. It grows only
 * while it is the limit that holds requests back.
 */
export class Adaptive implements Meter {
  readonly #spacing = new Spacing();
  readonly #sent = new Recent();
  readonly #fine = new Recent();
  /** Requests per ms. */
  #rate = Number.POSITIVE_INFINITY;
  /** The rate that was last too high. */
  #ceiling = Number.POSITIVE_INFINITY;
  #lastCut = Number.NEGATIVE_INFINITY;
  #isProven = true;
  /** Responses since the last cut. */
  #answered = 0;
  #resumedAt = Number.NEGATIVE_INFINITY;
  /**
   * The first and the last cuts of a row that has not helped: their times, and the number of responses until then.
   */
  #row: Array<{ readonly at: number; readonly answers: number }> = [];
  /** The rate before that row. */
  #before = Number.POSITIVE_INFINITY;
  #answers = 0;
  #leftAloneUntil = Number.NEGATIVE_INFINITY;
  #grownAt = 0;
  /** How long it has grown above the ceiling. */
  #beyondMs = 0;

  /** Requests per second; Infinity until the first throttled response. */
  get perSecond(): number {
    return this.#rate * 1000;
  }

  readyAt(now: number): number {
    const at = this.#spacing.readyAt();
    // Grow only if this limit holds the request back: a rate that is not used has not been shown to be allowed.
    if (at > now) this.#grow(now);
    return at;
  }

  take(now: number): void {
    this.#sent.add(now);
    this.#grownAt = Math.max(this.#grownAt, now - MEASURED_MS);
    this.#spacing.take(now);
  }

  /** A response that was not throttled. */
  fine(sentAt: number, now: number): void {
    this.#fine.add(now);
    this.#answered++;
    this.#answers++;
    if (sentAt > this.#lastCut) this.#isProven = true;
  }

  /**
   * A throttled response. There is one cut per pause. Requests sent before the last cut don't count, and neither
   * does a row of throttled responses without a success since (a used-up quota says nothing about the rate).
   */
  throttled(sentAt: number, now: number): void {
    if (sentAt <= this.#lastCut || !this.#isProven || now < this.#leftAloneUntil) return;
    const did = Math.min(this.#rate, this.#sent.rate(now));
    if (this.#isInVain(now)) return;
    // The rate over the last second, and over the whole time since the last cut including its pauses.
    const got = Math.max(this.#fine.rate(now), did / 2);
    const since = this.#answered / (now - this.#lastCut);
    const cut = Number.isFinite(this.#lastCut) ? Math.min(CUT, Math.max(DEEP_CUT, since / did)) : CUT;
    this.#isProven = false;
    this.#lastCut = now;
    this.#answered = 0;
    this.#ceiling = did;
    this.#setRate(Math.max(SLOWEST, Math.min(cut * did, CUT * got)));
    this.#grownAt = now;
    this.#beyondMs = 0;
  }

  #isInVain(now: number): boolean {
    const hasHelped = now - Math.max(this.#lastCut, this.#resumedAt) > VAIN.helpedMs;
    if (hasHelped || this.#row.length === 0) {
      this.#row = [];
      this.#before = this.#rate;
    }
    const row = this.#row;
    row.push({ at: now, answers: this.#answers });
    if (row.length <= 2 * COUNTED) return false;
    const perMs = (from: number, to: number): number =>
      (row[to]!.answers - row[from]!.answers) / (row[to]!.at - row[from]!.at);
    const last = row.length - 1;
    if (perMs(last - COUNTED, last) >= VAIN.part * perMs(0, COUNTED)) {
      // The cuts in the middle of the row are not needed.
      if (row.length > 2 * COUNTED + 2) row.splice(COUNTED + 1, 1);
      return false;
    }
    this.#row = [];
    this.#leftAloneUntil = now + VAIN.leftAloneMs;
    this.#ceiling = this.#before;
    this.#setRate(this.#before);
    return true;
  }

  /** A pause until `at`: missed requests are not caught up afterwards. */
  paused(at: number): void {
    this.#resumedAt = at;
    this.#spacing.restart(at);
    this.#sent.restart(at);
    this.#fine.restart(at);
    this.#grownAt = Math.max(this.#grownAt, at);
  }

  #grow(now: number): void {
    const ms = Math.min(MEASURED_MS, now - this.#grownAt);
    if (ms <= 0) return;
    this.#grownAt = now;
    const part = this.#rate / this.#ceiling;
    let perSecond = (part < NEAR.from ? GROWTH.below : GROWTH.near) * this.#ceiling;
    if (part >= NEAR.to) {
      this.#beyondMs += ms;
      perSecond = this.#rate * Math.min(BEYOND.most, BEYOND.first + (BEYOND.more * this.#beyondMs) / 1000);
    }
    this.#setRate(this.#rate + (perSecond * ms) / 1000);
  }

  #setRate(rate: number): void {
    this.#rate = rate;
    this.#spacing.set(rate, TOLERANCE_MS);
  }
}

/** Counts the events of the last second in bounded memory. */
class Recent {
  /** Ten slices of the last second, plus the one being filled. */
  #slices: Array<{ at: number; count: number }> = [];
  #since: number | undefined;

  /** Nothing happens until `at`. */
  restart(at: number): void {
    this.#slices = [];
    this.#since = at;
  }

  add(now: number): void {
    this.#since = Math.min(this.#since ?? now, now);
    const at = Math.floor(now / 100) * 100;
    const last = this.#slices.at(-1);
    if (last && last.at >= at) last.count++;
    else this.#slices.push({ at, count: 1 });
    while (this.#slices[0]!.at < now - MEASURED_MS) this.#slices.shift();
  }

  /** Events per ms. */
  rate(now: number): number {
    const from = now - MEASURED_MS;
    const count = this.#slices.reduce((sum, { at, count: n }) => sum + (at >= from ? n : 0), 0);
    const over = Math.min(MEASURED_MS, now - (this.#since ?? now));
    return Math.max(count, LEAST_REQUESTS) / Math.max(over, LEAST_MS);
  }
}
