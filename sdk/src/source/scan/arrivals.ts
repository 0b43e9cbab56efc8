import type { Arrival, OwnedPage } from './define.ts';
import type { Member, ScanEnv, ScanLane } from './member.ts';
import { BEFORE_RECORD, type Track } from './track.ts';

/** What the entries of the arrival's stream say about when a record came into sight. */
export interface Sighting {
  /** An entry that is new to that stream says that the record came into sight. */
  isNew: boolean;
  /** The last time that it did, according to the entries that were read; -Infinity: none says so. */
  latest: number;
}

/** By the record's key. Records that did not reach that stream are missing. */
export type Sightings = ReadonlyMap<string, Sighting>;

export const NO_SIGHTINGS: Sightings = new Map();

/** Whether a record came into sight, or may have, since a track was last there. All of its entries are sent then. */
export type HasArrived = (key: string, track: Track) => boolean;

/** @param sightings what the arrival's stream found in this unit */
export const arrivalsIn =
  (sightings: Sightings): HasArrived =>
  (key, track) => {
    const sighting = sightings.get(key);
    // The stream failed, or was past the record, so nothing is known. Sending twice is better than losing.
    return !sighting || hasArrived(sighting, track);
  };

/** An earlier sighting may be news to another stream, which was left out, failed or was killed. */
function hasArrived({ isNew, latest }: Sighting, { from = Number.POSITIVE_INFINITY }: Track): boolean {
  return isNew || latest >= from - BEFORE_RECORD;
}

/** Notes what the arrival's stream says about the records of these pages. */
export function noteSightings(
  pages: readonly OwnedPage[],
  { session, track }: Member,
  { at, owing = [] }: Arrival,
  sightings: ReadonlyMap<string, Sighting>,
): void {
  for (const { page, owner } of pages) {
    const isNew = track.entries!.fresh(page, owner);
    const sighting = sightings.get(owner.key)!;
    for (let row = 0; row < page.count; row++) {
      const time = at(page, row);
      if (time === undefined) continue;
      sighting.latest = Math.max(sighting.latest, time);
      if (isNew[row] === 0) continue;
      sighting.isNew = true;
      // If everything is read anyway, nothing is owed.
      if (owner.since !== undefined) session.owe(owing, '', [owner.key]);
    }
  }
}

/**
 * A stream that failed owes the records that came into sight, because the arrival's stream may not be selected in the
 * run that reads on.
 */
export function oweArrivals(lanes: readonly ScanLane[], sightings: Sightings, { partition }: ScanEnv): void {
  for (const { isOver, window, member } of lanes) {
    const { entries, session, track } = member;
    if (!isOver || !window || !entries || track.from === undefined) continue;
    track.owe([...sightings].flatMap(([key, sighting]) => (hasArrived(sighting, track) ? [key] : [])));
    session.states.moved(partition.key, track);
  }
}
