import { isoUtc } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { SEEN_MOST } from './seen-most.ts';
import { sentJson } from './sent.ts';
import type { TimeWindowOptions } from './time-window.ts';
import { openWindow, type ScanShared, type Window, type WindowStart } from './window.ts';
import type { Rows } from './window-rows.ts';
import { type SentRows, WindowSeen } from './window-seen.ts';
import { type WindowState, windowJson } from './window-state.ts';

/** How the windows of a scan are opened. */
export interface WindowsStart {
  readonly begin: number;
  /** begin − safety, a whole minute. */
  readonly settled: number;
  /** The position that the scan began with; undefined: none. */
  readonly from: number | undefined;
  readonly starts: readonly WindowStart[];
  readonly seen: WindowState['seen'];
  /** An earlier run began the scan. What that run read is not read again. */
  readonly isResumed: boolean;
  /** See `ScanShared.isShared`. */
  readonly isShared?: boolean;
  /** See `ScanShared.owe`; absent: nothing can be owed. */
  readonly owe?: ScanShared['owe'];
  /** A record was sent. */
  readonly came?: (key: string) => void;
  /** All windows have ended. */
  readonly ended?: () => void;
}

/** The windows of a scan, and what it remembers. */
export interface OpenWindows {
  readonly windows: readonly Window[];
  readonly seen: WindowSeen;
  /** Where rows of this time are remembered; undefined: no scan reads them again. */
  shelf(time: number): SentRows | undefined;
  /** Rows were fetched by their keys, not listed by a window. They are remembered, and no position moves. */
  remember(rows: Rows): void;
  state(): JsonObject;
}

/** The windows of a scan, contiguous and in order, and their state. */
export function openWindows(
  options: TimeWindowOptions,
  start: WindowsStart,
  warn: (message: string) => void,
): OpenWindows {
  const { begin, settled, from, starts, isResumed } = start;
  const seen = new WindowSeen();
  /** Records without a value that an earlier run sent and this scan has not met. */
  const unmet = new Set<string>();
  let lacking = 0;
  let firstLacking = '';
  const shared: ScanShared = {
    options,
    settled,
    still: begin - 2 * options.safetyMinutes * 60_000,
    seen,
    warn,
    finished,
    isShared: start.isShared,
    owe: (keys, because) => start.owe?.(keys, because) ?? false,
    came(key, isLacking) {
      start.came?.(key);
      unmet.delete(key);
      if (!isLacking) return;
      if (lacking === 0) firstLacking = key;
      lacking++;
    },
  };
  const windows: Window[] = [];
  for (const one of starts) windows.push(openWindow(one, shared, windows));
  for (const [key, sent] of start.seen) {
    if (Number.isNaN(sent.time)) unmet.add(key);
    if (!(sent.time < settled)) seen.remember(seen.late, key, sent);
    else windows.some((window) => window.recall(key, sent));
  }
  const plain = windows.length === 1 && starts[0]!.until === undefined;

  function finished(): void {
    if (windows.some((window) => !window.done)) return;
    start.ended?.();
    // What was not listed again need not be remembered. In a shared scan, what is listed depends on the other members.
    if (!isResumed && !start.isShared) for (const key of unmet) seen.forget(seen.late, key);
    if (lacking > 0)
      warn(
        `${lacking} records have no ${options.value}, the first of them ${firstLacking}: they were sent all the same`,
      );
    if (seen.forgotten > 0)
      warn(
        `more than ${SEEN_MOST} records changed within the safety window: ${seen.forgotten} of them will be sent again`,
      );
  }

  /** The windows that the next run has to read. A single window that is held is read by the next scan instead. */
  const unfinished = (): readonly Window[] =>
    windows.filter(({ done, isHeld }) => !done || (isHeld && !plain));

  /** Where the next scan starts. A position in the far future stays, and a held window stays before its records. */
  function end(): number | undefined {
    if (windows[0]!.isHeld) return windows[0]!.saved().position;
    return Math.max(settled, starts.at(-1)!.since ?? settled);
  }

  const shelf = (time: number): SentRows | undefined =>
    time < settled ? windows.find((window) => window.holds(time))?.near : seen.late;

  return {
    windows,
    seen,
    shelf,
    remember(rows) {
      for (const [row, key] of rows.keys.entries()) {
        const time = rows.times[row]!;
        const map = shelf(time);
        if (map) seen.remember(map, key, { time, hash: rows.hash(row) });
        shared.came(key, false);
      }
      seen.trim();
    },
    state() {
      const pairs = Object.fromEntries([...seen.entries()].map(([key, sent]) => [key, sentJson(sent)]));
      const open = unfinished().map((window) => window.saved());
      if (open.length === 0) return { ...positionJson(end()), seen: pairs };
      const hasMoved = from !== undefined && open.some(({ position }) => position !== from);
      return {
        ...(plain ? positionJson(open[0]!.position) : {}),
        begin: isoUtc(begin),
        ...(hasMoved ? { from: isoUtc(from) } : {}),
        ...(plain ? {} : { windows: open.map(windowJson) }),
        seen: pairs,
      };
    },
  };
}

const positionJson = (position: number | undefined): JsonObject =>
  position === undefined ? {} : { position: isoUtc(position) };
