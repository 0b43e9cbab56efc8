import { floorMinute } from '../../protocol/instant.ts';
import type { CursorEnv } from '../cursor.ts';
import { countChecked, cutRange, type TimeRange } from './split-window.ts';
import type { TimeWindowOptions } from './time-window.ts';
import type { WindowStart } from './window.ts';
import type { SavedWindow, WindowState } from './window-state.ts';

/** Where the windows of a scan are read from. */
export interface WindowStarts {
  /** The position that the scan began with; undefined: none, as far as that is known. */
  readonly from: number | undefined;
  readonly starts: readonly WindowStart[];
  readonly estimate?: number;
}

/** A scan begins: its range is counted where that pays, and cut where it is long. */
export async function firstWindows(
  { start, count, countFromMinutes = 1440, split }: TimeWindowOptions,
  { position }: SavedWindow,
  settled: number,
): Promise<WindowStarts> {
  const since = position ?? (start === undefined ? undefined : floorMinute(start));
  const range: TimeRange = { since, until: undefined };
  const asStart = (piece: TimeRange, counted?: number): WindowStart => ({
    ...piece,
    position: piece.since,
    first: piece.since,
    read: 0,
    counted,
  });
  const pays = since === undefined || settled - since >= countFromMinutes * 60_000;
  const counted = count && pays ? await countChecked(count, range) : undefined;
  if (!count || counted === undefined) return { from: since, starts: [asStart(range)] };
  if (!split) return { from: since, starts: [asStart(range, counted)], estimate: counted };
  const pieces = await cutRange({ ...range, counted }, settled, split, count);
  return { from: since, starts: pieces.map((piece) => asStart(piece, piece.counted)), estimate: counted };
}

/**
 * A begun scan goes on with the windows it has. What a reconciled window read before the interruption is no
 * longer known by key, only how many rows it was: where the vendor counts more, it is read once more.
 */
export async function resumedWindows(
  { count, reconcile, start }: TimeWindowOptions,
  { from, windows: saved }: WindowState,
  settled: number,
  env: CursorEnv,
): Promise<WindowStarts> {
  const starts: WindowStart[] = [];
  const first = from ?? (start === undefined ? undefined : floorMinute(start));
  for (const window of saved) {
    const { since, until, read = 0 } = window;
    const position = window.position ?? since;
    const known = window.read !== undefined;
    const counted =
      known && count && reconcile && position !== since
        ? await countChecked(count, { since, until: position })
        : undefined;
    if (counted !== undefined && counted > read) {
      env.warn(
        `${counted} records are counted where ${read} were read before the interruption: they are read again`,
      );
      starts.push({ since, until, position: since, first: since, read: 0 });
    } else if (known) starts.push({ since, until, position, first: since, read });
    else starts.push({ since: position, until, position, first, read });
  }
  // The open window was through: what changed since then would else have to wait for the next run.
  if (saved.at(-1)!.until !== undefined)
    starts.push({ since: settled, until: undefined, position: settled, first: settled, read: 0 });
  return { from, starts };
}
