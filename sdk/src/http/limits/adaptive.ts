import { type Meter, Spacing } from './meter.ts';

/** Growth per second as a part of the rate that was last too much: far below it and near it. */
const GROWTH = { below: 0.05, near: 1 / 400 };
/** Beyond it, as a part of the rate itself: the longer that goes well, the more. */
const BEYOND = { first: 0.02, more: 0.002, most: 0.5 };
const NEAR = { from: 0.85, to: 1.05 };
const CUT = 0.9;
/** Where a throttled stretch was mostly pauses, the rate is cut by more: down to this at a time. */
const DEEP_CUT = 0.7;
/** Rates are measured over so long. */
const MEASURED_MS = 1000;
/** A rate is measured over at least this, and over so many requests: a few say nothing. */
const LEAST_MS = 250;
const LEAST_REQUESTS = 10;
/** Slower than one request in ten seconds it never asks of its own accord. */
const SLOWEST = 1 / 10_000;
const TOLERANCE_MS = 2;
/**
 * Cuts are to bring more answers: fewer pauses. Where a row of them, none good for longer than `helpedMs`, has
 * brought less than this part of the answers per second, the rate is not what is throttled (some servers do it at
 * random): then it is as it was before them, and left alone for a while.
 */
const VAIN = { part: 0.5, helpedMs: 30_000, leftAloneMs: 60_000 };
/** Answers are counted over so many cuts: the first ones of a row, and the last ones. */
const COUNTED = 3;

/**
 * Finds a rate that nobody tells. It begins without one (as fast as the concurrency allows); throttled, it
 * takes 0.9 of what it did, and grows from there: fast while it is far below the rate that was too much, slowly
 * near it, fast again once that has proved to be allowed now. It grows only where it was what held a request.
 */
export class Adaptive implements Meter {
  readonly #spacing = new Spacing();
  readonly #sent = new Recent();
  readonly #fine = new Recent();
  /** Requests per ms. */
  #rate = Number.POSITIVE_INFINITY;
  /** The rate that was last too much. */
  #ceiling = Number.POSITIVE_INFINITY;
  #lastCut = Number.NEGATIVE_INFINITY;
  #isProven = true;
  /** Answers since the last cut. */
  #answered = 0;
  #resumedAt = Number.NEGATIVE_INFINITY;
  /** The first and the last cuts of a row that have not helped: when, and how many answers there were till then. */
  #row: Array<{ readonly at: number; readonly answers: number }> = [];
  /** The rate before that row. */
  #before = Number.POSITIVE_INFINITY;
  #answers = 0;
  #leftAloneUntil = Number.NEGATIVE_INFINITY;
  #grownAt = 0;
  /** How long it has grown beyond the ceiling. */
  #beyondMs = 0;

  /** Requests per second; Infinity before it was ever throttled. */
  get perSecond(): number {
    return this.#rate * 1000;
  }

  readyAt(now: number): number {
    const at = this.#spacing.readyAt();
    // Held back, it grows; a rate that nobody uses is not known to be allowed.
    if (at > now) this.#grow(now);
    return at;
  }

  take(now: number): void {
    this.#sent.add(now);
    this.#grownAt = Math.max(this.#grownAt, now - MEASURED_MS);
    this.#spacing.take(now);
  }

  /** An answer that was not throttled. */
  fine(sentAt: number, now: number): void {
    this.#fine.add(now);
    this.#answered++;
    this.#answers++;
    if (sentAt > this.#lastCut) this.#isProven = true;
  }

  /**
   * An answer was throttled. One cut a pause: not for requests that were sent before the last one, nor before
   * anything was answered since (a quota that is used up says nothing of the rate).
   */
  throttled(sentAt: number, now: number): void {
    if (sentAt <= this.#lastCut || !this.#isProven || now < this.#leftAloneUntil) return;
    const did = Math.min(this.#rate, this.#sent.rate(now));
    if (this.#isInVain(now)) return;
    // What the last second gave, and what all of the time since the last cut did, its pauses included.
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
      // What lies between the first and the last is not needed.
      if (row.length > 2 * COUNTED + 2) row.splice(COUNTED + 1, 1);
      return false;
    }
    this.#row = [];
    this.#leftAloneUntil = now + VAIN.leftAloneMs;
    this.#ceiling = this.#before;
    this.#setRate(this.#before);
    return true;
  }

  /** A pause that ends at `at`: nothing is caught up behind it. */
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

/** How many happened in the last second, in bounded memory. */
class Recent {
  /** Ten slices of the last second and the one that is being filled. */
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

  /** Per ms. */
  rate(now: number): number {
    const from = now - MEASURED_MS;
    const count = this.#slices.reduce((sum, { at, count: n }) => sum + (at >= from ? n : 0), 0);
    const over = Math.min(MEASURED_MS, now - (this.#since ?? now));
    return Math.max(count, LEAST_REQUESTS) / Math.max(over, LEAST_MS);
  }
}
