import type { DataError } from '../../errors.ts';
import { floorMinute, instantOf, isoUtc } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { HashSet } from '../cursors/hash-set.ts';
import { type OpenWindows, openWindows } from '../cursors/open-windows.ts';
import { foreignState, savedIds } from '../cursors/saved.ts';
import type { TimeRange } from '../cursors/split-window.ts';
import type { Window } from '../cursors/window.ts';
import type { Rows } from '../cursors/window-rows.ts';
import { parseWindowState, type WindowState } from '../cursors/window-state.ts';
import type { OpenEntries } from './define.ts';
import type { OpenedEntries } from './entries.ts';

/** What a track goes by. */
export interface TrackOptions {
  readonly key: string;
  readonly value: string;
  readonly safetyMinutes: number;
  /** ms since 1970 */
  readonly start: number | undefined;
  /** Set for a stream of entries. */
  readonly entries: OpenEntries | undefined;
  /** When a scan begins on the vendor's clock. */
  readonly begin: () => Promise<number>;
  readonly warn: (message: string) => void;
}

/**
 * One stream's place in a partition's scan. Its state is a time window's over the scan's records (`position`,
 * `begin`, `windows`, `seen`, see `timeWindow`), and besides
 * `from` – only inside an unfinished scan, for entries: the position that it began with, absent: it had none;
 * `entries` – what of the entries went out already (see `Entries`);
 * `owed` – keys of records that are to be sent by their keys, whatever the position.
 */
export interface Track {
  /** The ranges that are still to be read, contiguous or not, in order. */
  readonly needs: readonly TimeRange[];
  /** begin − safety, a whole minute. */
  readonly settledAt: number;
  readonly owed: readonly string[];
  readonly entries: OpenedEntries | undefined;
  /** The position that the scan began with; undefined: none. */
  readonly from: number | undefined;
  /** To be called once, with `needs` or pieces of them: the windows of each, in that order. */
  start(pieces: readonly TimeRange[]): readonly Window[];
  /** A window was read to its end, and everything of it was written. */
  finish(window: Window): void;
  /** From which instant on the entries of a record are wanted; undefined: all of them. */
  sinceOf(key: string, isWhole: boolean): number | undefined;
  /** See `Parent.isAskedAgain`. */
  isAskedAgain(time: number): boolean;
  /** The entries of these records were written. */
  handled(keys: Iterable<string>): void;
  /** Records were sent by their keys: where a window brings them again they are no news. */
  remember(rows: Rows): void;
  /** Whether it owes a record. */
  owes(key: string): boolean;
  /** Records that were owed are written, or gone. */
  paid(keys: Iterable<string>): void;
  /** Records that exist and could not be read: the next run asks for them by their keys. */
  owe(keys: readonly string[]): void;
  state(): JsonObject;
}

/** ms: an entry may bear an instant that much before the one that it gave its record; vendors write one after the other. */
export const BEFORE_RECORD = 60_000;
/** So many records are remembered as handled, at 16 to 32 bytes each; of others all is sent again if they change meanwhile. */
const HANDLED_MOST = 1 << 20;
const FRESH: WindowState = parseWindowState({});

/** @throws DataError where `saved` is no state of a track */
export async function openTrack(saved: JsonObject | undefined, options: TrackOptions): Promise<Track> {
  const window = saved === undefined ? FRESH : parseWindowState(saved);
  const begin = window.begin ?? (await options.begin());
  const settled = floorMinute(begin - options.safetyMinutes * 60_000);
  const { entries: kind, warn } = options;
  const lookback = kind?.lookbackMs ?? 0;
  const isResumed = window.begin !== undefined;
  const start = options.start === undefined ? undefined : floorMinute(options.start);
  const position = window.windows[0]!.position ?? (isResumed ? undefined : start);
  const from = isResumed ? fromOf(saved) : position;
  const needs = isResumed ? unread(window, settled) : [{ since: back(position), until: undefined }];
  const entries = kind?.sent.open(saved?.entries, {
    settled: settled - BEFORE_RECORD,
    horizon: begin - lookback,
    isResumed,
    warn,
  });
  const met = entries && new HashSet();
  // A scan from the very start brings them anyway.
  const owed = new Set(
    from === undefined && !isResumed ? [] : savedIds(saved?.owed, 'is no place in a scan'),
  );
  let opened: OpenWindows | undefined;
  let isDone = false;

  /** What is looked back at is read again, where the position is past it; and what the last scan was told that it is. */
  function back(to: number | undefined): number | undefined {
    if (to === undefined || lookback === 0) return to;
    const earliest = floorMinute(Math.min(begin - lookback, to - lookback / 2));
    return Math.min(to, Math.max(earliest, start ?? earliest));
  }

  return {
    needs,
    settledAt: settled,
    get owed() {
      return [...owed];
    },
    entries,
    from,
    start(pieces) {
      const starts = pieces.map(({ since, until }) => ({
        since,
        until,
        position: since,
        first: isResumed ? (from ?? start) : since,
        read: 0,
      }));
      // What is looked back at has been seen, and is asked for again nevertheless.
      const seen = lookback > 0 ? [] : window.seen;
      const { key, value, safetyMinutes } = options;
      opened = openWindows(
        { key, value, safetyMinutes },
        { begin, settled, from, starts, seen, isResumed, isShared: true },
        warn,
      );
      return opened.windows;
    },
    sinceOf(key, isWhole) {
      if (isWhole) return start;
      const since = met?.has(key) ? Math.max(settled, from ?? settled) : from;
      return since === undefined ? undefined : since - BEFORE_RECORD;
    },
    // The next scan looks back from later: the older half may be out of its reach.
    isAskedAgain: (time) => time >= begin - lookback / 2,
    handled(keys) {
      if (met) for (const key of keys) if (met.size < HANDLED_MOST) met.add(key);
    },
    remember: (rows) => opened!.remember(rows),
    owes: (key) => owed.has(key),
    paid(keys) {
      for (const key of keys) owed.delete(key);
    },
    owe(keys) {
      for (const key of keys) owed.add(key);
    },
    finish(window) {
      window.part.finish();
      isDone = opened!.windows.every(({ done }) => done);
      if (isDone) entries?.finish();
    },
    state() {
      const scan = opened!.state();
      const sent = entries?.json();
      return {
        ...scan,
        ...(entries && !isDone && from !== undefined ? { from: isoUtc(from) } : {}),
        ...(sent === undefined ? {} : { entries: sent }),
        ...(owed.size === 0 ? {} : { owed: [...owed] }),
      };
    },
  };
}

/** What an interrupted scan has still to read. */
function unread({ windows }: WindowState, settled: number): TimeRange[] {
  const ranges: TimeRange[] = windows.map(({ since, position, until }) => ({
    since: position ?? since,
    until,
  }));
  // The open window was through: what changed since then would else have to wait for the next run.
  if (ranges.at(-1)!.until !== undefined) ranges.push({ since: settled, until: undefined });
  return ranges;
}

function fromOf(saved: JsonObject | undefined): number | undefined {
  if (saved?.from === undefined) return undefined;
  const from = typeof saved.from === 'string' ? instantOf(saved.from) : Number.NaN;
  if (Number.isNaN(from)) throw foreign();
  return from;
}

const foreign = (): DataError => foreignState('is no place in a scan');
