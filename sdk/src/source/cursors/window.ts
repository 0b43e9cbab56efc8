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
 * Pages overlap by a few rows: of so many at a page's end the bytes are compared when they come again, of others the
 * value alone. To look at all bytes takes as long as to scan them.
 */
const OVERLAP = 10;

/** Where a window is read from in this run. */
export interface WindowStart {
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Where the scan began in it, as far as that is known: its beginning, or that of the whole scan. */
  readonly first: number | undefined;
}

/** What the windows of a scan have in common. */
export interface ScanShared {
  readonly options: TimeWindowOptions;
  /** The scan's begin − safety, a whole minute: no position passes it. */
  readonly settled: number;
  /** The scan's begin − twice the safety: what is older and comes out of order was not moved by a change. */
  readonly still: number;
  readonly seen: WindowSeen;
  readonly warn: (message: string) => void;
  readonly finished: () => void;
  /** Records that are there and could not be read; false: they cannot be remembered, nothing may move past them. */
  readonly owe: (keys: readonly string[], because?: HeadraceError) => boolean;
  /** A record was sent. @param isLacking it has no value, and its bytes are new */
  readonly came: (key: string, isLacking: boolean) => void;
  /** The pages are read for others too: what stands before a window's position is none of its rows. */
  readonly isShared?: boolean;
}

/** One window of a scan. */
export interface Window {
  readonly part: ScanPart<TimeRange>;
  /** `part.fresh` and `part.advance` for rows that stand in several pages. */
  fresh(rows: Rows): Uint8Array;
  advance(rows: Rows): void;
  readonly done: boolean;
  /** It came to its end, and its position has to stay where it is: what stands behind it could not be read. */
  readonly isHeld: boolean;
  /** What follows does not come in the scan's order: it moves no position. */
  endOrder(): void;
  /** Rows of it are missing, nobody knows which: the next run begins where this one did. */
  restart(): void;
  /** Whether a time stands within what the window has still to read. */
  holds(time: number): boolean;
  /** Rows that were sent at or after the position, before what is settled. */
  readonly near: SentRows;
  /** Takes a pair of the saved state that stands in the window; false: none of its business. */
  recall(key: string, sent: Sent): boolean;
  saved(): SavedWindow;
}

/** @param others the windows of the scan: a row may turn up in one and belong to another */
export function openWindow(start: WindowStart, shared: ScanShared, others: readonly Window[]): Window {
  const { options, settled, seen } = shared;
  const { since, until } = start;
  /** Positions stay below this: settled, and within the window. */
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
  /** What `fresh` found last, of which rows. */
  let judged:
    | { readonly keys: Rows['keys']; readonly fresh: Uint8Array; readonly overlap: Uint8Array }
    | undefined;

  const rowsOf = (page: Page): WindowRows => windowRows(page, options.key, options.value);
  const holds = (time: number): boolean =>
    (!done || isHeld) &&
    (position === undefined || time >= position) &&
    (until === undefined || time < until);
  /** Before where this window is read from. */
  const isForOthers = (time: number): boolean =>
    shared.isShared === true && time < (range.since ?? Number.NEGATIVE_INFINITY);
  /** Where rows of a time are remembered; undefined: they stand before a position. */
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
    // What the position passed may still be to come: a resume has to read all of it.
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
      // What may still change within its tick goes by its bytes, wherever in a page it stood.
      const hasHash = sent?.hash !== undefined && Object.is(sent.time, time);
      const isKnown = same === true || (same === 'time' && !hasHash) || isUnchanged(sent, time, itsHash);
      // At or after a position the list decides; before it nothing is remembered, so it is sent.
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
      // A row that was changed a moment ago may stand where its old value was: what is not settled, or
      // not of this window, moves nothing, or the rows between would be passed over by a resume.
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
