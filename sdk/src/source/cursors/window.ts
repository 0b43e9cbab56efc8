import type { HeadraceError } from '../../errors.ts';
import { floorMinute } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import type { ScanPart } from '../cursor.ts';
import { OrderWatch } from './order-watch.ts';
import { RecentRows } from './recent-rows.ts';
import { isUnchanged, type Sent } from './sent.ts';
import type { TimeRange } from './split-window.ts';
import type { TimeWindowOptions } from './time-window.ts';
import { type Rows, type WindowRows, windowRows } from './window-rows.ts';
import type { SentRows, WindowSeen } from './window-seen.ts';
import type { SavedWindow } from './window-state.ts';

/**
 * Pages overlap by a few rows. For this many rows at the end of a page, the bytes are compared if they come again; for
 * others only the value, because comparing all bytes takes as long as scanning them.
 */
const OVERLAP = 10;

/** Where a window is read from in this run. */
export interface WindowStart {
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Where the scan began in this window, if known: at its beginning, or at that of the whole scan. */
  readonly first: number | undefined;
}

/** What the windows of a scan share. */
export interface ScanShared {
  readonly options: TimeWindowOptions;
  /** The scan's begin − safety, a whole minute. No position passes it. */
  readonly settled: number;
  /** The scan's begin − twice the safety. If an older record is out of order, no recent change is the reason. */
  readonly still: number;
  readonly seen: WindowSeen;
  readonly warn: (message: string) => void;
  readonly finished: () => void;
  /** Records that exist but could not be read. Returns false if they cannot be owed, so that no position may pass them. */
  readonly owe: (keys: readonly string[], because?: HeadraceError) => boolean;
  /** A record was sent. @param isLacking it has no value, and its bytes are new */
  readonly came: (key: string, isLacking: boolean) => void;
  /** The pages are also read for others, so rows before a window's position do not belong to it. */
  readonly isShared?: boolean;
}

/** One window of a scan. */
export interface Window {
  readonly part: ScanPart<TimeRange>;
  /** `part.fresh` and `part.advance` for rows of several pages. */
  fresh(rows: Rows): Uint8Array;
  advance(rows: Rows): void;
  readonly done: boolean;
  /** Something at its position could not be read, so its position must stay. */
  readonly isHeld: boolean;
  /** The rows that follow are not in the scan's order, so they move no position. */
  endOrder(): void;
  /** Rows of it are missing, and it is unknown which. The next run begins where this one did. */
  restart(): void;
  /** Whether a time is in the range that the window still has to read. */
  holds(time: number): boolean;
  /** Rows that were sent at or after the position, and are settled. */
  readonly near: SentRows;
  /** Takes a pair of the saved state if it is in the window; otherwise returns false. */
  recall(key: string, sent: Sent): boolean;
  saved(): SavedWindow;
}

/** @param others the windows of the scan, because a row may be listed by one and belong to another */
export function openWindow(start: WindowStart, shared: ScanShared, others: readonly Window[]): Window {
  const { options, settled, seen } = shared;
  const { since, until } = start;
  /** Positions stay below this time: settled, and in the window. */
  const end = Math.min(until ?? settled, settled);
  const near = seen.near();
  const order = new OrderWatch(options.value, shared.still);
  const recent = new RecentRows(OVERLAP);
  let range: TimeRange = { since, until };
  let position = since;
  let isSecondTime = false;
  let isHeld = false;
  let ended = false;
  let done = false;
  /** The last result of `fresh`. */
  let judged:
    | { readonly keys: Rows['keys']; readonly fresh: Uint8Array; readonly overlap: Uint8Array }
    | undefined;

  const rowsOf = (page: Page): WindowRows => windowRows(page, options.key, options.value);
  const holds = (time: number): boolean =>
    (!done || isHeld) &&
    (position === undefined || time >= position) &&
    (until === undefined || time < until);
  /** Whether a time is before the start of this window. */
  const isForOthers = (time: number): boolean =>
    shared.isShared === true && time < (range.since ?? Number.NEGATIVE_INFINITY);
  /** Where rows of this time are remembered; undefined: they are before a position. */
  function shelf(time: number): SentRows | undefined {
    if (!(time < settled)) return seen.late;
    return holds(time) ? near : others.find((other) => other.holds(time))?.near;
  }

  function moveTo(time: number): void {
    const next = floorMinute(time);
    if (isHeld || order.isBroken || (position !== undefined && next <= position)) return;
    position = next;
    seen.forgetBefore(near, next);
  }

  function watch({ keys, times }: Rows, overlap: Uint8Array | undefined): void {
    const wasBroken = order.isBroken;
    for (let row = 0; row < keys.length; row++)
      if (!isForOthers(times[row]!)) order.met(keys[row]!, times[row]!, overlap?.[row] !== 1);
    if (wasBroken || !order.isBroken) return;
    if (!isSecondTime) shared.warn(`${order.error().message}: it is read once more`);
    // Rows that the position has passed may still come, so a resume has to read all of it.
    position = start.first;
  }

  function fresh(page: Rows): Uint8Array {
    const { keys, times } = page;
    const fresh = new Uint8Array(keys.length);
    const overlap = new Uint8Array(keys.length);
    recent.look({ count: keys.length, mark: (row) => page.mark(row) });
    for (let row = 0; row < keys.length; row++) {
      const key = keys[row]!;
      const time = times[row]!;
      if (isForOthers(time)) continue;
      const itsHash = (): string => page.hash(row);
      const { same, isOverlap } = recent.see(row, key, time);
      if (isOverlap) overlap[row] = 1;
      const sent = shelf(time)?.get(key);
      // A row that may still change within the same tick is compared by its bytes, wherever it was on a page.
      const hasHash = sent?.hash !== undefined && Object.is(sent.time, time);
      const isKnown = same === true || (same === 'time' && !hasHash) || isUnchanged(sent, time, itsHash);
      // At or after a position, the list decides. Before it nothing is remembered, so the row is sent.
      if (!isKnown) fresh[row] = 1;
    }
    judged = { keys, fresh, overlap };
    return fresh;
  }

  function advance(page: Rows): void {
    const { keys, times } = page;
    const known = judged?.keys === keys ? judged : undefined;
    if (!ended) {
      watch(page, known?.overlap);
      // A row that changed a moment ago may still be listed at its old place. If a row that is not settled, or not in
      // this window, moved the position, a resume would skip the rows between.
      let last = Number.NEGATIVE_INFINITY;
      for (const time of times) if (time < end && time > last) last = time;
      if (last !== Number.NEGATIVE_INFINITY) moveTo(last);
    }
    for (let row = 0; row < keys.length; row++) {
      const key = keys[row]!;
      const time = times[row]!;
      const map = shelf(time);
      if (map) seen.remember(map, key, { time, hash: page.hash(row) });
      shared.came(key, Number.isNaN(time) && known?.fresh[row] !== 0);
    }
    seen.trim();
    recent.keep();
  }

  const part: ScanPart<TimeRange> = {
    get from() {
      return range;
    },
    fresh: (page) => fresh(rowsOf(page)),
    owe(keys, because) {
      if (shared.owe(keys, because)) return;
      isHeld = true;
      seen.keep(near);
    },
    advance: (page) => advance(rowsOf(page)),
    again() {
      if (!order.isBroken) return false;
      if (isSecondTime) throw order.error();
      isSecondTime = true;
      order.restart();
      recent.restart();
      range = { since: position, until };
      return true;
    },
    finish() {
      done = true;
      if (!isHeld) seen.forgetAll(near);
      shared.finished();
    },
  };
  return {
    part,
    fresh,
    advance,
    endOrder() {
      ended = true;
    },
    restart() {
      ended = true;
      position = since;
    },
    near,
    get done() {
      return done;
    },
    get isHeld() {
      return isHeld;
    },
    holds,
    recall(key, sent) {
      const { time } = sent;
      const inside = (since === undefined || time >= since) && (until === undefined || time < until);
      if (holds(time)) seen.remember(near, key, sent);
      return inside;
    },
    saved: () => ({ until, position }),
  };
}
