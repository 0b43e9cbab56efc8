import type { DataError, HeadraceError } from '../../errors.ts';
import { floorMinute, instantOf, isoUtc } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { ScanPart } from '../cursor.ts';
import { HashSet } from '../cursors/hash-set.ts';
import { type OpenWindows, openWindows } from '../cursors/open-windows.ts';
import { OwedIds } from '../cursors/owed-ids.ts';
import { foreignState, savedIds } from '../cursors/saved.ts';
import type { TimeRange } from '../cursors/split-window.ts';
import type { Window } from '../cursors/window.ts';
import { parseWindowState, type WindowState } from '../cursors/window-state.ts';
import { unreadableError } from '../unreadable.ts';
import type { OpenEntries, OpenScan } from './define.ts';
import type { OpenedEntries } from './entries.ts';
import { recordsOf, rowsOf } from './records.ts';

/** What a track is opened with. */
export interface TrackOptions {
  readonly definition: Pick<OpenScan['definition'], 'key' | 'value' | 'fetch' | 'late'>;
  readonly safetyMinutes: number;
  /** Where the first scan begins, ms since 1970. */
  readonly start: number | undefined;
  /** Set for a stream of entries. */
  readonly entries: OpenEntries | undefined;
  /** When a scan begins, on the vendor's clock. */
  readonly begin: () => Promise<number>;
  readonly warn: (message: string) => void;
}

/**
 * One stream's position in a partition's scan. Its state is that of a time window over the scan's records (`position`,
 * `begin`, `windows`, `seen`, see `timeWindow`), and also
 * `from`: only in an unfinished scan, for entries: the position that it began with; absent: it had none;
 * `late`: only in an unfinished scan: how far its late records were read (see `LateRecords`);
 * `entries`: what is remembered of the entries that were sent (see `Entries`);
 * `owed`: keys of records that must be sent by their keys, whatever the position.
 */
export interface Track {
  /** The ranges that still have to be read, in order; there may be gaps between them. */
  readonly needs: readonly TimeRange[];
  /** begin − safety, a whole minute. */
  readonly settledAt: number;
  readonly owed: readonly string[];
  readonly entries: OpenedEntries | undefined;
  /** The position that the scan began with; undefined: none. */
  readonly from: number | undefined;
  /** The range of late records that must still be read; undefined: none. */
  readonly late: { readonly since: number | undefined; readonly until: number } | undefined;
  /** Whether a record of this time is a late one that must be read in this run. */
  isLate(time: number): boolean;
  /** Late records of these times were written. */
  lateUpTo(times: Iterable<number>): void;
  /** Called once, with `needs` or pieces of them. Returns a window for each, in that order. */
  start(pieces: readonly TimeRange[]): readonly Window[];
  /** The part that takes owed records, which are fetched by their keys. */
  readonly owedPart: ScanPart<undefined>;
  /** From which instant on the entries of a record are wanted; undefined: all of them. */
  sinceOf(key: string, isWhole: boolean): number | undefined;
  /** See `Parent.isAskedAgain`. */
  isAskedAgain(time: number): boolean;
  /** The entries of these records were written. */
  handled(keys: Iterable<string>): void;
  owes(key: string): boolean;
  /** Owed records were written, or are gone. */
  paid(keys: Iterable<string>): void;
  /** The next run requests these records by their keys. */
  owe(keys: Iterable<string>): void;
  state(): JsonObject;
}

/** ms: the instant of an entry may be this much before the one that it gave its record, because vendors write them one after the other. */
export const BEFORE_RECORD = 60_000;
/** This many records are remembered as handled, at 16 to 32 bytes each. The entries of others are all sent again if they change during the scan. */
const HANDLED_MOST = 1 << 20;
const NEW: WindowState = parseWindowState({});

/** @throws DataError if `saved` is not the state of a track */
export async function openTrack(saved: JsonObject | undefined, options: TrackOptions): Promise<Track> {
  const window = saved === undefined ? NEW : parseWindowState(saved);
  const begin = window.begin ?? (await options.begin());
  const settled = floorMinute(begin - options.safetyMinutes * 60_000);
  const { definition, entries: kind, warn } = options;
  const lookback = kind?.lookbackMs ?? 0;
  const isResumed = window.begin !== undefined;
  const start = options.start === undefined ? undefined : floorMinute(options.start);
  const position = window.windows[0]!.position ?? (isResumed ? undefined : start);
  const from = isResumed ? positionIn(saved?.from) : position;
  const needs = isResumed ? unread(window, settled) : [{ since: back(position), until: undefined }];
  const entries = kind?.sent.open(saved?.entries, {
    settled: settled - BEFORE_RECORD,
    horizon: begin - Math.max(lookback, kind.keepMs),
    isResumed,
    warn,
  });
  const met = entries && new HashSet();
  // A scan from the very start reads them anyway.
  const isFirst = from === undefined && !isResumed;
  /** What a scan reads with its windows begins here. */
  const lateEnd = definition.late && lookback > 0 && from !== undefined ? back(from) : undefined;
  let latePosition = isResumed ? positionIn(saved?.late) : undefined;
  const lateBegin = latePosition ?? start;
  const owed = new OwedIds(isFirst ? [] : savedIds(saved?.owed, 'is not a position in a scan'));
  let opened: OpenWindows | undefined;

  /** What is looked back at is read again if the position is past it, and also what the last scan was told about. */
  function back(to: number | undefined): number | undefined {
    if (to === undefined || lookback === 0) return to;
    const earliest = floorMinute(Math.min(begin - lookback, to - lookback / 2));
    return Math.min(to, Math.max(earliest, start ?? earliest));
  }

  /** Without `fetch` nothing can be owed: false, the window stays before the records. @throws DataError if it would owe too many */
  function oweUnreadable(keys: readonly string[], because: HeadraceError | undefined): boolean {
    if (!definition.fetch) return false;
    if (!owed.owe(keys)) throw unreadableError(keys, because);
    return true;
  }

  const owedIn = (page: Parameters<typeof recordsOf>[0]) =>
    recordsOf(page, definition).filter(({ key }) => owed.has(key));

  return {
    needs,
    settledAt: settled,
    get owed() {
      return owed.all;
    },
    entries,
    from,
    get late() {
      if (lateEnd === undefined || (latePosition !== undefined && latePosition >= lateEnd)) return undefined;
      if (start !== undefined && start >= lateEnd) return undefined;
      return { since: latePosition ?? start, until: lateEnd };
    },
    isLate: (time) => !(time < (lateBegin ?? time)) && lateEnd !== undefined && !(time >= lateEnd),
    lateUpTo(times) {
      for (const time of times)
        if (time > (latePosition ?? Number.NEGATIVE_INFINITY)) latePosition = floorMinute(time);
    },
    start(pieces) {
      const starts = pieces.map(({ since, until }) => ({
        since,
        until,
        first: isResumed ? (from ?? start) : since,
      }));
      // What is looked back at was seen, and is requested again nevertheless.
      const seen = lookback > 0 ? [] : window.seen;
      const { key, value } = definition;
      opened = openWindows(
        { key, value, safetyMinutes: options.safetyMinutes },
        {
          begin,
          settled,
          from,
          starts,
          seen,
          isResumed,
          isShared: true,
          owe: oweUnreadable,
          ended: () => entries?.finish(),
        },
        warn,
      );
      return opened.windows;
    },
    owedPart: {
      from: undefined,
      fresh(page) {
        const fresh = new Uint8Array(page.count);
        for (const { row } of owedIn(page)) fresh[row] = 1;
        return fresh;
      },
      owe: oweUnreadable,
      // If a window returns them as well, they are not sent again.
      advance: (page) => opened!.remember(rowsOf(owedIn(page))),
      finish() {},
    },
    sinceOf(key, isWhole) {
      if (isWhole) return start;
      const since = met?.has(key) ? Math.max(settled, from ?? settled) : from;
      return since === undefined ? undefined : since - BEFORE_RECORD;
    },
    // The next scan looks back from later, so the older half may be out of its reach.
    isAskedAgain: (time) => time >= begin - lookback / 2,
    handled(keys) {
      if (met) for (const key of keys) if (met.size < HANDLED_MOST) met.add(key);
    },
    owes: (key) => owed.has(key),
    paid(keys) {
      for (const key of keys) owed.settle(key);
    },
    owe: (keys) => owed.add(keys),
    state() {
      const sent = entries?.json();
      const isDone = opened!.windows.every(({ done }) => done);
      return {
        ...opened!.state(),
        ...(entries && !isDone && from !== undefined ? { from: isoUtc(from) } : {}),
        ...(isDone || latePosition === undefined ? {} : { late: isoUtc(latePosition) }),
        ...(sent === undefined ? {} : { entries: sent }),
        ...(owed.size === 0 ? {} : { owed: owed.all }),
      };
    },
  };
}

/** What an interrupted scan still has to read. */
function unread({ windows }: WindowState, settled: number): TimeRange[] {
  const ranges: TimeRange[] = windows.map(({ position, until }) => ({ since: position, until }));
  // The open window was read. Without this, what changed since then would have to wait for the next run.
  if (ranges.at(-1)!.until !== undefined) ranges.push({ since: settled, until: undefined });
  return ranges;
}

function positionIn(saved: unknown): number | undefined {
  if (saved === undefined) return undefined;
  const position = typeof saved === 'string' ? instantOf(saved) : Number.NaN;
  if (Number.isNaN(position)) throw foreign();
  return position;
}

const foreign = (): DataError => foreignState('is not a position in a scan');
