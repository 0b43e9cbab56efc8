import { SystemError } from '../../errors.ts';
import { floorMinute } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan } from '../cursor.ts';
import { openWindows } from './open-windows.ts';
import { OwedIds } from './owed-ids.ts';
import { owedPart } from './owed-part.ts';
import type { ReconcileOptions } from './reconcile.ts';
import type { CountRows, SplitOptions, TimeRange } from './split-window.ts';
import { firstWindows, resumedWindows } from './window-starts.ts';
import { parseWindowState, type WindowState } from './window-state.ts';

/** Which values of a record are looked at, how far back is read again, and what the vendor can count. */
export interface TimeWindowOptions {
  /** The selected value that identifies a record. */
  readonly key: string;
  /** The selected value that orders the scan, a timestamp. */
  readonly value: string;
  /** How long an index may lag: what is younger at the scan's begin is read again next time. At least 1. */
  readonly safetyMinutes: number;
  /**
   * Records of so many minutes before the safety window are read again by each run as well, and sent if their bytes
   * changed: for what changes without its timestamp moving. → 0. It shares the 20,000 that are remembered a partition
   * with the safety window; what is forgotten is sent again each time. A read that is interrupted goes on no later.
   */
  readonly lookbackMinutes?: number;
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
  /**
   * Brings records by their keys as `read` would; → `reconcile.fetch`. Called, before the windows are read, with those
   * that an earlier run could not read (`Page.unreadable`). One that it neither brings nor names in `unreadable` is
   * gone (`pagesByIds` does both). Without it no position moves past a record that cannot be read.
   */
  readonly fetch?: (ids: readonly string[]) => AsyncIterable<Page>;
}

/**
 * A window over a timestamp that the vendor moves on each change (`updated`). Its state:
 * `position` – from where the next read starts, a whole minute; absent: from the start;
 * `begin` – only inside an unfinished scan: when it began on the vendor's clock;
 * `windows` – instead of `position`, inside a scan that was split or is reconciled: those not finished;
 * `from` – only inside an unfinished scan: the position that it began with, if that has moved since;
 * `owed` – keys of records that are there and could not be read: asked for again by each run;
 * `seen` – key → `[value (ms), hash of the bytes]` of what was sent at or after the positions.
 *
 * Inside a scan a position is the value of the last row sent, never later than begin − safety; at the scan's end
 * it is begin − safety (− `lookbackMinutes`): never max(updated), which loses what an index shows late (DESIGN.md, Cursors).
 * `read` must yield pages ordered by the value and must include what lies exactly at `since`; the last
 * window has no `until`: what is changed while it is read moves to its end. A settled record that comes out of that
 * order (older than begin − twice the safety) proves that there is none: the range is read once more, then the
 * partition fails (`cursor.order`) and its position stays where the scan began. A record that lacks its value is sent
 * whenever its bytes are new, with one WARN a run.
 */
export function timeWindow(options: TimeWindowOptions): Cursor<TimeRange> {
  if ((options.split || options.reconcile) && !options.count)
    throw new SystemError('a time window that is split or reconciled needs `count`', {
      code: 'cursor.options',
    });
  return { open: (saved, env) => openScan(options, parseWindowState(saved ?? {}), env) };
}

async function openScan(
  options: TimeWindowOptions,
  saved: WindowState,
  env: CursorEnv,
): Promise<Scan<TimeRange>> {
  const { safetyMinutes, lookbackMinutes = 0, fetch = options.reconcile?.fetch } = options;
  const isResumed = saved.begin !== undefined;
  const begin = saved.begin ?? (await env.begin());
  const settled = floorMinute(begin - (safetyMinutes + lookbackMinutes) * 60_000);
  const { estimate, ...starts } = isResumed
    ? await resumedWindows(options, saved, settled, env)
    : await firstWindows(options, saved.windows[0]!, settled);
  // Without `fetch` the member is none of ours: what others owe us (`ReadContext.owe`) may stand in it.
  const owed = fetch && new OwedIds(saved.owed);
  const scan = openWindows(
    options,
    {
      begin,
      settled,
      ...starts,
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
    estimate,
    state: () => ({ ...scan.state(), ...(owed && owed.size > 0 ? { owed: [...owed.all] } : {}) }),
  };
}
