import type { WindowRows } from '../cursors/window-rows.ts';
import {
  type AllTold,
  type Arrivals,
  isReady,
  type Lane,
  type LaneEnv,
  oweUnread,
  type Row,
  type Told,
} from './lane.ts';
import { inWindow, takeEntries } from './take-entries.ts';
import { BEFORE_RECORD, type Track } from './track.ts';
import type { Unit } from './units.ts';

const NOTHING_TOLD: AllTold = new Map();

/** Brings a unit to every stream; the one that tells arrivals goes first. */
export async function takeUnit(unit: Unit, lanes: readonly Lane[], env: LaneEnv): Promise<void> {
  const open = lanes.filter(({ isOver }) => !isOver);
  const take = async (lane: Lane, arrivals: Arrivals): Promise<AllTold> => {
    const { session } = lane.member;
    try {
      const told = await takeLane(lane, unit, arrivals, env);
      lane.isOver = session.isEnough;
      return told;
    } catch (error) {
      env.signal.throwIfAborted();
      lane.isOver = true;
      session.fail(error, env.partition);
      return NOTHING_TOLD;
    }
  };
  const isTelling = ({ member }: Lane): boolean => member.session.run.name === env.arrival?.stream;
  const telling = open.find(isTelling);
  const nobody: Arrivals = Promise.resolve(() => false);
  const told = telling ? take(telling, nobody) : Promise.resolve(NOTHING_TOLD);
  const arrivals: Arrivals = env.arrival
    ? told.then((all) => (key, track) => {
        const known = all.get(key);
        // What it does not tell of (it failed, or was past the record) may have arrived: sent twice, not lost.
        return !known || hasArrived(known, track);
      })
    : nobody;
  await Promise.all([told, ...open.filter((lane) => !isTelling(lane)).map((lane) => take(lane, arrivals))]);
  oweArrivals(lanes, await told, env);
}

/** What was told before may be news to another stream, that was left out, failed or was killed. */
function hasArrived({ isNew, latest }: Told, { from = Number.POSITIVE_INFINITY }: Track): boolean {
  return isNew || latest >= from - BEFORE_RECORD;
}

/** A stream that failed owes what came into sight since: the run that reads on may be without the one that tells. */
function oweArrivals(lanes: readonly Lane[], told: AllTold, { partition }: LaneEnv): void {
  for (const { isOver, window, member } of lanes) {
    const { entries, session, track } = member;
    if (!isOver || !window || !entries || track.from === undefined) continue;
    track.owe([...told].flatMap(([key, known]) => (hasArrived(known, track) ? [key] : [])));
    session.states.moved(partition.key, track);
  }
}

/**
 * Brings a unit to one stream: what it sends of it is written in one turn, then its place moves (invariants 1, 4).
 * Resolves to what its entries tell of the records: whether each came into sight.
 */
async function takeLane(lane: Lane, unit: Unit, arrivals: Arrivals, env: LaneEnv): Promise<AllTold> {
  const { entries, track } = lane.member;
  const told = new Map<string, Told>();
  // Before the stream's place passes them.
  for (const { page } of unit.pages) oweUnread(lane, page.unreadable, page.because, env);
  if (!entries) {
    for (const rows of unit.pages) await takeRecords(lane, rows, env);
    return told;
  }
  const all = unit.pages.flatMap(rowsOf);
  const rows = lane.window ? all : all.filter(({ key }) => track.owes(key));
  const atOnce = Math.min(entries.atOnce ?? rows.length, lane.member.light);
  for (let at = 0; at < rows.length; at += atOnce)
    await unit.turn(() => takeEntries(lane, entries, rows.slice(at, at + atOnce), arrivals, told, env));
  return told;
}

async function takeRecords({ member, window }: Lane, rows: WindowRows, env: LaneEnv): Promise<void> {
  const { session, track } = member;
  const { page } = rows;
  await isReady(env);
  if (window) {
    session.write(page, window.fresh(rows), env.partition);
    window.advance(rows);
  } else {
    const owed = rowsOf(rows).filter(({ key }) => track.owes(key));
    const isOwed = new Uint8Array(page.count);
    for (const { row } of owed) isOwed[row] = 1;
    session.write(page, isOwed, env.partition);
    track.remember(inWindow(owed));
  }
  session.states.moved(env.partition.key, track);
  session.betweenUnits();
}

function rowsOf(rows: WindowRows): Row[] {
  const { page, keys, times } = rows;
  return keys.map((key, row) => ({ rows, page, row, key, time: times[row]! }));
}
