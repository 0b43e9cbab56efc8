import { oweUnreadable, takePages } from '../lane.ts';
import type { Unit } from '../units.ts';
import {
  arrivalsIn,
  type HasArrived,
  NO_SIGHTINGS,
  oweArrivals,
  type Sighting,
  type Sightings,
} from './arrivals.ts';
import type { ScanEnv, ScanLane } from './member.ts';
import { recordsOf } from './records.ts';
import { takeEntries } from './take-entries.ts';

/**
 * Passes a unit to the lanes. The stream of the arrival goes first. A lane that fails does not affect the others
 * (invariant 4).
 */
export async function takeUnit(unit: Unit, lanes: readonly ScanLane[], env: ScanEnv): Promise<void> {
  const take = async (lane: ScanLane, arrivals: Promise<HasArrived>): Promise<Sightings> => {
    try {
      return await takeLane(lane, unit, arrivals, env);
    } catch (error) {
      env.signal.throwIfAborted();
      lane.isOver = true;
      lane.session.fail(error, env.partition);
      return NO_SIGHTINGS;
    }
  };
  const isTelling = ({ session }: ScanLane): boolean => session.run.name === env.arrival?.stream;
  const telling = lanes.find(isTelling);
  const nothing: Promise<HasArrived> = Promise.resolve(() => false);
  const sightings = telling ? take(telling, nothing) : Promise.resolve(NO_SIGHTINGS);
  // Late records were visible before, and the stream of the arrival does not read them.
  const isLate = lanes.some(({ takes }) => takes === 'late');
  const arrivals = env.arrival && !isLate ? sightings.then(arrivalsIn) : nothing;
  const others = lanes.filter((lane) => !isTelling(lane));
  await Promise.all([sightings, ...others.map((lane) => take(lane, arrivals))]);
  oweArrivals(lanes, await sightings, env);
}

/**
 * Passes a unit to one lane. What the stream sends of it is written in one turn, then its state moves
 * (invariants 1, 4). Returns what the entries say about when the records came into sight.
 */
async function takeLane(
  lane: ScanLane,
  unit: Unit,
  arrivals: Promise<HasArrived>,
  env: ScanEnv,
): Promise<Sightings> {
  const { session } = lane;
  const { entries, track, light } = lane.member;
  if (!entries) {
    await takePages(unit, lane, env.partition, env);
    return NO_SIGHTINGS;
  }
  for (const page of unit.pages) oweUnreadable(lane, page);
  const all = unit.pages.flatMap((page) => recordsOf(page, env.scan.definition));
  const records = {
    window: () => all,
    owed: () => all.filter(({ key }) => track.owes(key)),
    // Another stream may need the list from an earlier record on.
    late: () => all.filter(({ time }) => track.isLate(time)),
  }[lane.takes]();
  const sightings = new Map<string, Sighting>();
  const atOnce = Math.min(entries.atOnce ?? records.length, light);
  for (let at = 0; at < records.length; at += atOnce)
    await unit.turn(() =>
      takeEntries(lane, entries, records.slice(at, at + atOnce), arrivals, sightings, env),
    );
  lane.isOver = session.isEnough;
  return sightings;
}
