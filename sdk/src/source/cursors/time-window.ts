import { SystemError } from '../../errors.ts';
import { floorMinute, isoUtc } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Cursor, CursorEnv, Scan } from '../cursor.ts';
import type { ReconcileOptions } from './reconcile.ts';
import { SEEN_MOST } from './seen-most.ts';
import { sentJson } from './sent.ts';
import { type CountRows, countChecked, cutRange, type SplitOptions, type TimeRange } from './split-window.ts';
import { openWindow, type ScanShared, type Window, type WindowStart } from './window.ts';
import { WindowSeen } from './window-seen.ts';
import { parseWindowState, type SavedWindow, type WindowState, windowJson } from './window-state.ts';

/** Which values of a record are looked at, how far back is read again, and what the vendor can count. */
export interface TimeWindowOptions {
  /** The selected value that identifies a record. */
  readonly key: string;
  /** The selected value that orders the scan, a timestamp. */
  readonly value: string;
  /** How long an index may lag: what is younger at the scan's begin is read again next time. At least 1. */
  readonly safetyMinutes: number;
  /** Milliseconds since 1970: where the first scan begins; undefined: everything. */
  readonly start?: number;
  /**
   * Asks the vendor how many rows a range holds, cheaply; it may be off, and undefined where it does not
   * say. Called when a scan begins that spans `countFromMinutes` or more (for an estimate and for `split`),
   * and per window for `reconcile`.
   */
  readonly count?: CountRows;
  /** → 1440. A scan over less is read without being counted first. */
  readonly countFromMinutes?: number;
  /** Reads a long range as several windows side by side; needs `count`. */
  readonly split?: SplitOptions;
  /** Looks for rows that `read` should have brought and did not; needs `count`. */
  readonly reconcile?: ReconcileOptions;
}

/**
 * A window over a timestamp that the vendor moves on each change (`updated`). Its state:
 * `position` – from where the next read starts, a whole minute; absent: from the start;
 * `begin` – only inside an unfinished scan: when it began on the vendor's clock;
 * `windows` – instead of `position`, inside a scan that was split or is reconciled: those not finished;
 * `seen` – key → `[value (ms), hash of the bytes]` of what was sent at or after the positions.
 *
 * Inside a scan a position is the value of the last row sent, never later than begin − safety; at the scan's end
 * it is begin − safety: never max(updated), which loses what an index shows late (DESIGN.md, Cursors).
 * `read` must yield pages ordered by the value and must include what lies exactly at `since`; the last
 * window has no `until`: what is changed while it is read moves to its end.
 */
export function timeWindow(options: TimeWindowOptions): Cursor<TimeRange> {
  if ((options.split || options.reconcile) && !options.count)
    throw new SystemError('a time window that is split or reconciled needs `count`', {
      code: 'cursor.options',
    });
  const fresh: WindowState = {
    begin: undefined,
    windows: [{ since: undefined, until: undefined, position: undefined, read: undefined, owed: [] }],
    seen: [],
  };
  return {
    open: (saved, env) => openScan(options, saved === undefined ? fresh : parseWindowState(saved), env),
  };
}

async function openScan(
  options: TimeWindowOptions,
  saved: WindowState,
  env: CursorEnv,
): Promise<Scan<TimeRange>> {
  const begin = saved.begin ?? (await env.begin());
  const settled = floorMinute(begin - options.safetyMinutes * 60_000);
  const { starts, estimate } =
    saved.begin === undefined
      ? await firstWindows(options, saved.windows[0]!, settled)
      : await resumedWindows(options, saved.windows, settled, env);
  const { windows, state } = openWindows(options, { begin, settled, starts, seen: saved.seen }, env.warn);
  return { parts: windows.map((window) => window.part), estimate, state };
}

/** A scan over windows: where each of them starts, and what was remembered. */
export interface WindowsStart {
  readonly begin: number;
  /** begin − safety, a whole minute. */
  readonly settled: number;
  readonly starts: readonly WindowStart[];
  readonly seen: WindowState['seen'];
  /** See `ScanShared.isShared`. */
  readonly isShared?: boolean;
}

/** The windows of a scan, contiguous and in order, and their state. */
export function openWindows(
  options: TimeWindowOptions,
  { begin, settled, starts, seen: pairs, isShared }: WindowsStart,
  warn: (message: string) => void,
): { readonly windows: readonly Window[]; state(): JsonObject } {
  const seen = new WindowSeen();
  const shared: ScanShared = { options, settled, seen, warn, finished: windowFinished, isShared };
  const windows: Window[] = [];
  for (const start of starts) windows.push(openWindow(start, shared, windows));
  for (const [key, sent] of pairs) {
    if (!(sent.time < settled)) seen.remember(seen.late, key, sent);
    else windows.some((window) => window.recall(key, sent));
  }
  const plain = windows.length === 1 && starts[0]!.until === undefined && !options.reconcile;

  function windowFinished(): void {
    if (windows.some((window) => !window.done) || seen.forgotten === 0) return;
    warn(
      `more than ${SEEN_MOST} records changed within the safety window: ${seen.forgotten} of them will be sent again`,
    );
  }

  /** A far future position stays where it is. */
  const last = windows.at(-1)!;
  const endOf = (): number => Math.max(settled, starts.at(-1)!.position ?? settled);

  function state(): JsonObject {
    const pairs = Object.fromEntries([...seen.entries()].map(([key, sent]) => [key, sentJson(sent)]));
    if (windows.every((window) => window.done)) return { position: isoUtc(endOf()), seen: pairs };
    if (plain) {
      const { position } = last.saved();
      return {
        ...(position === undefined ? {} : { position: isoUtc(position) }),
        begin: isoUtc(begin),
        seen: pairs,
      };
    }
    const open = windows.filter((window) => !window.done).map((window) => windowJson(window.saved()));
    return { begin: isoUtc(begin), windows: open, seen: pairs };
  }
  return { windows, state };
}

interface Windows {
  readonly starts: readonly WindowStart[];
  readonly estimate?: number;
}

/** A scan begins: its range is counted where that pays, and cut where it is long. */
async function firstWindows(
  { start, count, countFromMinutes = 1440, split }: TimeWindowOptions,
  { position }: SavedWindow,
  settled: number,
): Promise<Windows> {
  const since = position ?? (start === undefined ? undefined : floorMinute(start));
  const range: TimeRange = { since, until: undefined };
  const asStart = (piece: TimeRange, counted?: number): WindowStart => ({
    ...piece,
    position: piece.since,
    read: 0,
    owed: [],
    counted,
  });
  const pays = since === undefined || settled - since >= countFromMinutes * 60_000;
  const counted = count && pays ? await countChecked(count, range) : undefined;
  if (!count || counted === undefined) return { starts: [asStart(range)] };
  if (!split) return { starts: [asStart(range, counted)], estimate: counted };
  const pieces = await cutRange({ ...range, counted }, settled, split, count);
  return { starts: pieces.map((piece) => asStart(piece, piece.counted)), estimate: counted };
}

/**
 * A begun scan goes on with the windows it has. What a reconciled window read before the interruption is no
 * longer known by key, only how many rows it was: where the vendor counts more, it is read once more.
 */
async function resumedWindows(
  { count, reconcile }: TimeWindowOptions,
  saved: readonly SavedWindow[],
  settled: number,
  env: CursorEnv,
): Promise<Windows> {
  const starts: WindowStart[] = [];
  for (const window of saved) {
    const { since, until, owed, read = 0 } = window;
    const position = window.position ?? since;
    const known = window.read !== undefined;
    const counted =
      known && count && reconcile && position !== since
        ? await countChecked(count, { since, until: position })
        : undefined;
    if (counted !== undefined && counted > read + owed.length) {
      env.warn(
        `${counted} records are counted where ${read} were read before the interruption: they are read again`,
      );
      starts.push({ since, until, position: since, read: 0, owed: [] });
    } else starts.push({ since: known ? since : position, until, position, read, owed });
  }
  // The open window was through: what changed since then would else have to wait for the next run.
  if (saved.at(-1)!.until !== undefined)
    starts.push({ since: settled, until: undefined, position: settled, read: 0, owed: [] });
  return { starts };
}
