import type { Window } from '../cursors/window.ts';
import type { Partition } from '../define.ts';
import type { Streak } from '../halved.ts';
import type { Lane } from '../lane.ts';
import type { ReadingEnv } from '../read-lists.ts';
import type { StreamSession } from '../stream-session.ts';
import type { Unreadable } from '../unreadable.ts';
import type { Arrival, OpenEntries, OpenScan } from './define.ts';
import type { Track } from './track.ts';

/** A stream in the scan of a partition. */
export interface Member {
  readonly session: StreamSession;
  readonly track: Track;
  /** Undefined: the stream sends the scan's own records. */
  readonly entries: OpenEntries | undefined;
  /** Records that this run could not read for the stream. */
  readonly unreadable: Unreadable;
  /** Records whose entries fell short of their total for the first time. They are owed, even if entries came. */
  readonly askAgain: Set<string>;
  /** Of the requests for its entries. */
  readonly streak: Streak;
  /** Entries are requested for at most this many records at once, because more was too heavy for the vendor. */
  light: number;
}

/** A member's way through one window, through the records that it owes, or through late ones. */
export interface ScanLane extends Lane {
  readonly member: Member;
  readonly takes: 'window' | 'owed' | 'late';
  readonly window: Window | undefined;
}

/** What a partition's scan is read with. */
export interface ScanEnv extends ReadingEnv {
  readonly scan: OpenScan;
  readonly partition: Partition;
  readonly warn: (message: string) => void;
  /** See `ScanDefinition.confirm`. */
  readonly confirm: () => Promise<void>;
  /** Which of some records can be fetched; undefined: the scan has no `fetch`, so nothing can be owed. */
  readonly fetchable: ((keys: readonly string[]) => Promise<ReadonlySet<string>>) | undefined;
  /** See `ScanDefinition.arrival`; undefined if its stream is not selected. */
  readonly arrival: Arrival | undefined;
}

/** A lane for a window; without one, for records that the member owes, or for late ones. */
export function openLane(member: Member, from: Window | 'owed' | 'late'): ScanLane {
  const { session, track, unreadable } = member;
  const window = typeof from === 'string' ? undefined : from;
  const takes = typeof from === 'string' ? from : 'window';
  const part = window?.part ?? track.owedPart;
  return { session, part, scan: track, unreadable, isOver: false, member, takes, window };
}

/** What the scan's calls get, for some lanes. */
export function contextOf(lanes: readonly ScanLane[], { scan, partition }: ScanEnv) {
  const streams = new Set(lanes.map(({ session }) => session.run.name));
  return { api: scan.api, partition, streams, select: scan.select };
}
