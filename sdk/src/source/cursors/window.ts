import { floorMinute } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import type { ScanPart } from '../cursor.ts';
import { unreadableError } from '../unreadable.ts';
import { HashSet } from './hash-set.ts';
import { RecentRows } from './recent-rows.ts';
import { missedPages } from './reconcile.ts';
import { isUnchanged, type Sent } from './sent.ts';
import type { TimeRange } from './split-window.ts';
import type { TimeWindowOptions } from './time-window.ts';
import { type Rows, type WindowRows, windowRows } from './window-rows.ts';
import type { SentRows, WindowSeen } from './window-seen.ts';
import type { SavedWindow } from './window-state.ts';

/** Where a window is read from in this run. */
export interface WindowStart {
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly position: number | undefined;
  readonly read: number;
  readonly owed: readonly string[];
  /** Rows that were counted in it when the scan began. */
  readonly counted?: number;
}

/** What the windows of a scan have in common. */
export interface ScanShared {
  readonly options: TimeWindowOptions;
  /** The scan's begin − safety, a whole minute: no position passes it. */
  readonly settled: number;
  readonly seen: WindowSeen;
  readonly warn: (message: string) => void;
  readonly finished: () => void;
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
  let met = options.reconcile && new HashSet();
  /**
   * For reconciling: rows that an earlier run sent and this one has not met. The position may pass them, left
   * out by the search; an id scan brings them, and they are no news.
   */
  const unmet = met && seen.near();
  /** Rows met per minute at or after the position: they are `read` once it has passed them. */
  const ahead = new Map<number, number>();
  let { position, read, owed } = start;
  let inRange = 0;
  let ended = false;
  let done = false;
  let rows: WindowRows | undefined;
  const recent = new RecentRows();

  const rowsOf = (page: Page): WindowRows => {
    if (rows?.page !== page) rows = windowRows(page, options.key, options.value);
    return rows;
  };
  const holds = (time: number): boolean =>
    !done && (position === undefined || time >= position) && (until === undefined || time < until);
  /** Where rows of a time are remembered; undefined: they stand before a position. */
  function shelf(time: number): SentRows | undefined {
    if (!(time < settled)) return seen.late;
    return holds(time) ? near : others.find((other) => other.holds(time))?.near;
  }

  function moveTo(time: number): void {
    const next = floorMinute(time);
    if (position !== undefined && next <= position) return;
    position = next;
    seen.forgetBefore(near, next);
    for (const [minute, n] of ahead) {
      if (minute >= next) continue;
      read += n;
      ahead.delete(minute);
    }
  }

  /** For reconciling: how many rows of the window were read, before and after its position. */
  function tally(key: string, time: number): void {
    const isNew = met!.add(key);
    if (Number.isNaN(time)) return;
    if ((since !== undefined && time < since) || (until !== undefined && time >= until)) return;
    if (!isNew && !ended) return;
    inRange++;
    if (time >= end) return;
    const minute = floorMinute(time);
    if (position !== undefined && minute < position) read++;
    else ahead.set(minute, (ahead.get(minute) ?? 0) + 1);
  }

  function fresh({ keys, times, hash, mark }: Rows): Uint8Array {
    const fresh = new Uint8Array(keys.length);
    recent.look();
    for (let row = 0; row < keys.length; row++) {
      const key = keys[row]!;
      const time = times[row]!;
      if (shared.isShared && time < (start.position ?? Number.NEGATIVE_INFINITY)) continue;
      const itsHash = (): string => hash(row);
      const isKnown =
        recent.has(key, time, mark(row)) ||
        isUnchanged(shelf(time)?.get(key), time, itsHash) ||
        isUnchanged(unmet?.get(key), time, itsHash);
      // At or after a position the list decides; before it nothing is remembered, so it is sent.
      if (!isKnown) fresh[row] = 1;
    }
    return fresh;
  }

  function advance({ keys, times, hash }: Rows): void {
    if (!ended) {
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
      if (map) seen.remember(map, key, { time, hash: hash(row) });
      if (met) tally(key, time);
      if (unmet) seen.forget(unmet, key);
    }
    seen.trim();
    recent.keep();
  }

  const part: ScanPart<TimeRange> = {
    from: { since: position, until },
    fresh: (page) => fresh(rowsOf(page)),
    advance(page) {
      advance(rowsOf(page));
      rows = undefined;
    },
    missed:
      options.reconcile &&
      (() => {
        ended = true;
        return missedPages({
          options,
          reconcile: options.reconcile!,
          range: part.from,
          whole: { since, until },
          counted: start.counted,
          met: met!,
          inRange: () => inRange,
          owed: () => owed,
          owe: (ids, because) => {
            owed = ids;
            if (ids.length > 0) throw unreadableError(ids, because);
          },
          warn: shared.warn,
        });
      }),
    finish() {
      done = true;
      seen.forgetAll(near);
      if (unmet) seen.forgetAll(unmet);
      met = undefined;
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
      ({ position, read } = start);
      ahead.clear();
    },
    near,
    get done() {
      return done;
    },
    holds,
    recall(key, sent) {
      const { time } = sent;
      const inside = (since === undefined || time >= since) && (until === undefined || time < until);
      if (unmet ? inside : holds(time)) seen.remember(unmet ?? near, key, sent);
      return inside;
    },
    saved: () => ({
      since: met ? since : undefined,
      until,
      position,
      read: met ? read : undefined,
      owed,
    }),
  };
}
