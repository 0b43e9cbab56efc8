import { floorMinute } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan } from '../cursor.ts';
import { openWindows } from './open-windows.ts';
import { OwedIds } from './owed-ids.ts';
import { owedPart } from './owed-part.ts';
import type { TimeRange } from './split-window.ts';
import { windowStarts } from './window-starts.ts';
import { parseWindowState, type WindowState } from './window-state.ts';

/** Which values of a record the window uses, and how far back it reads again. */
export interface TimeWindowOptions {
  /** The selected value that identifies a record. */
  readonly key: string;
  /** The selected value that orders the list, a timestamp. */
  readonly value: string;
  /** How late the vendor's index may show a change. Younger records are read again by the next scan. At least 1. */
  readonly safetyMinutes: number;
  /**
   * The records of this many minutes before the safety window are also read again by each run, and sent if their
   * bytes changed. Use it for changes that do not update the timestamp. Default 0. The limit of 20,000 remembered
   * records per partition includes both windows; records beyond it are sent again each time.
   */
  readonly lookbackMinutes?: number;
  /** Where the first scan begins, ms since 1970; undefined: everything. */
  readonly start?: number;
  /**
   * Returns records by their keys, as `read` would. Called before the windows are read, with the records that an
   * earlier run could not read (`Page.unreadable`). A record that is neither returned nor named in `unreadable` is
   * gone; `pagesByIds` does both. Without `fetch`, no position moves past a record that cannot be read.
   */
  readonly fetch?: (ids: readonly string[]) => AsyncIterable<Page>;
}

/**
 * A window over a timestamp that the vendor updates on each change (`updated`). Its state:
 * `position`: where the next read starts, a whole minute; absent: from the start;
 * `begin`: only in an unfinished scan: when it began, on the vendor's clock;
 * `windows`: instead of `position`, in an unfinished scan of several windows: those that are not finished;
 * `from`: only in an unfinished scan: the position that it began with, if that has moved since;
 * `owed`: keys of records that exist but could not be read: each run requests them again;
 * `seen`: key → `[value (ms), hash of the bytes]` of what was sent at or after the positions.
 *
 * During a scan the position is the value of the last row sent, and never later than begin − safety. At the end it is
 * begin − safety (− `lookbackMinutes`), never max(updated), which would lose what an index shows late (DESIGN.md,
 * Cursors). `read` must yield pages ordered by the value, and must include everything at `since`. A window without
 * `until` is open: what changes while it is read moves to its end. If a record that is older than begin − twice the
 * safety comes out of order, the list has no order: the range is read once more, and then the partition fails
 * (`cursor.order`) with its position where the scan began. A record without a value is sent whenever its bytes are new,
 * with one warning per run.
 *
 * A range that is worth splitting or checking against a count is a scan: see `defineScan`.
 */
export function timeWindow(options: TimeWindowOptions): Cursor<TimeRange> {
  return { open: (saved, env) => openScan(options, parseWindowState(saved ?? {}), env) };
}

async function openScan(
  options: TimeWindowOptions,
  saved: WindowState,
  env: CursorEnv,
): Promise<Scan<TimeRange>> {
  const { safetyMinutes, lookbackMinutes = 0, start, fetch } = options;
  const begin = saved.begin ?? (await env.begin());
  const settled = floorMinute(begin - (safetyMinutes + lookbackMinutes) * 60_000);
  const starts = windowStarts(saved, start, settled);
  const isResumed = saved.begin !== undefined;
  // Without `fetch`, `owed` is not the window's: it may be what other streams make this one owe (`ReadContext.owe`).
  const owed = fetch && new OwedIds(saved.owed);
  const scan = openWindows(
    options,
    {
      begin,
      settled,
      from: isResumed ? saved.from : starts[0]!.since,
      starts,
      seen: saved.seen,
      isResumed,
      owe: owed && ((ids) => owed.owe(ids)),
      came: owed && ((id) => owed.settle(id)),
    },
    env.warn,
  );
  const parts = scan.windows.map((window) => window.part);
  if (fetch && owed && owed.size > 0) parts.unshift(owedPart(options, fetch, owed, scan));
  return {
    parts,
    state: () => ({ ...scan.state(), ...(owed && owed.size > 0 ? { owed: [...owed.all] } : {}) }),
  };
}
