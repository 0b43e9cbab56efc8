import type { HeadraceError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { Window } from '../cursors/window.ts';
import type { WindowRows } from '../cursors/window-rows.ts';
import type { Partition } from '../define.ts';
import type { Streak } from '../halved.ts';
import type { StreamSession } from '../stream-session.ts';
import { OWED_MOST, type Unreadable, unreadableError } from '../unreadable.ts';
import type { Arrival, OpenEntries } from './define.ts';
import type { Track } from './track.ts';

/** A stream's part in the scan of a partition. */
export interface Member {
  readonly session: StreamSession;
  readonly track: Track;
  /** Undefined: the stream sends the scan's own records. */
  readonly entries: OpenEntries | undefined;
  /** Records that this run could not have for the stream. */
  readonly unreadable: Unreadable;
  /** Records whose entries fell short of their total for the first time: owed, whatever came of them. */
  readonly askAgain: Set<string>;
  /** Of requests for its entries. */
  readonly streak: Streak;
  /** Of so many records entries may be asked for at once, and no more: that was too heavy for the vendor. */
  light: number;
}

/** What a lane needs of the scan. */
export interface LaneEnv {
  readonly partition: Partition;
  readonly key: string;
  readonly value: string;
  readonly ready: () => Promise<void> | undefined;
  readonly signal: AbortSignal;
  /** See `ScanDefinition.confirm`. */
  readonly confirm: () => Promise<void>;
  /** Which of some records can be fetched; undefined: the scan has no `fetch`, so nothing can be owed. */
  readonly fetchable: ((keys: readonly string[]) => Promise<ReadonlySet<string>>) | undefined;
  /** See `ScanDefinition.arrival`; undefined where its stream is not selected. */
  readonly arrival: Arrival | undefined;
}

/** What the entries of the stream that tells arrivals say of a record. */
export interface Told {
  /** An entry that is new to that stream says that the record came into sight. */
  isNew: boolean;
  /** The last time that it did, as far as entries were read; -Infinity: none says so. */
  latest: number;
}

/** By the record's key; without one of those that did not come to that stream. */
export type AllTold = ReadonlyMap<string, Told>;

/** Whether a record of a unit came into sight, or may have, since a track was there: all of its entries are sent then. */
export type Arrivals = Promise<(key: string, track: Track) => boolean>;

/** One stream's way through a window; without a window it takes records that it owes, and no others. */
export interface Lane {
  readonly member: Member;
  readonly window: Window | undefined;
  /** It failed in this window, or has all that `--limit` wants. */
  isOver: boolean;
}

/** A record of a unit. */
export interface Row {
  readonly rows: WindowRows;
  readonly page: Page;
  readonly row: number;
  readonly key: string;
  readonly time: number;
}

/**
 * Records that exist and cannot be read: owed, before the stream's place passes them; or it does not, in a scan that
 * cannot fetch them.
 * @throws DataError if it would owe too many
 */
export function oweUnread(
  { member: { track, unreadable }, window }: Lane,
  keys: readonly string[],
  because: HeadraceError | undefined,
  { fetchable }: LaneEnv,
): void {
  if (keys.length === 0) return;
  if (!fetchable) {
    unreadable.add(keys, because);
    window!.part.owe!(keys);
    return;
  }
  const more = keys.filter((key) => !track.owes(key));
  if (more.length > 0 && track.owed.length + more.length > OWED_MOST) throw unreadableError(keys, because);
  unreadable.add(keys, because);
  track.owe(more);
}

/** The reader of our output may be slow. */
export async function isReady({ ready, signal }: LaneEnv): Promise<void> {
  for (let slow = ready(); slow; slow = ready()) await slow;
  signal.throwIfAborted();
}
