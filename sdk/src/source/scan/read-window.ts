import { isShortList, type ShortListError } from '../../http/index.ts';
import type { Page } from '../../protocol/page.ts';
import { HashSet } from '../cursors/hash-set.ts';
import { missedPages } from '../cursors/reconcile.ts';
import type { TimeRange } from '../cursors/split-window.ts';
import { windowRows } from '../cursors/window-rows.ts';
import type { PageSlots } from '../page-slots.ts';
import type { OpenScan } from './define.ts';
import { type AllTold, type Arrivals, type Lane, type LaneEnv, type Told, takeUnit } from './lane.ts';
import { BEFORE_RECORD, type Track } from './track.ts';
import { readUnits, type Unit } from './units.ts';

/** What a window is read with. */
export interface WindowEnv extends LaneEnv {
  readonly scan: OpenScan;
  readonly slots: PageSlots;
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

const NOTHING_TOLD: AllTold = new Map();
/** Pages of a unit where entries are asked for in bulk: the changelogs of 400 issues mostly fit one answer of Jira. */
const MOST_PAGES = 4;

/**
 * Reads one window for all streams that need it. A stream that fails keeps its place and the others go on
 * (invariant 4). Throws what stops the window for all of them.
 * @param before how many records it held when the scan began, about: one that leaves it while it is read must not
 *   make up for one that the search left out
 */
export async function readWindow(
  range: TimeRange,
  before: number | undefined,
  lanes: readonly Lane[],
  env: WindowEnv,
): Promise<void> {
  const { scan, partition } = env;
  const { definition, api } = scan;
  const met = new HashSet();
  let inRange = 0;
  const count = (page: Page): void => {
    const { keys, times } = windowRows(page, env.key, env.value);
    for (const [row, key] of keys.entries()) {
      const time = times[row]!;
      const isInside =
        time >= (range.since ?? Number.NEGATIVE_INFINITY) && time < (range.until ?? Number.POSITIVE_INFINITY);
      if (met.add(key) && isInside) inRange++;
    }
  };
  const bring = (pages: AsyncIterable<Page>): Promise<boolean> =>
    readUnits(pages, unitOptions(lanes, env), async (unit) => {
      for (const page of unit.pages) count(page);
      await takeAll(unit, lanes, env);
      return lanes.some(({ isOver }) => !isOver);
    });

  /** What was counted last, after everything was read: more than nothing proves that it can still be seen. */
  let counted: number | undefined;
  const missed = (): AsyncIterable<Page> =>
    missedPages({
      options: {
        key: env.key,
        value: env.value,
        safetyMinutes: 1,
        count: async (part) => {
          counted = await definition.count!(api, partition, part);
          return counted;
        },
      },
      reconcile: {
        ids: (part) => definition.ids!(api, partition, part),
        fetch: (ids) => definition.fetch({ ...contextOf(lanes, env), ids }),
      },
      range,
      whole: range,
      counted: before,
      met,
      inRange: () => inRange,
      owed: () => [],
      owe: (ids) => {
        for (const { member } of lanes) member.track.owe(ids);
      },
      warn: env.warn,
    });

  let short: ShortListError | undefined;
  try {
    if (!(await bring(definition.read({ ...contextOf(lanes, env), range })))) return;
  } catch (error) {
    if (!isShortList(error) || (met.size === 0 && error.rows > 0)) throw error;
    short = error;
  }
  for (const { window } of lanes) window?.endOrder();
  const isReconciled = definition.count !== undefined && definition.ids !== undefined;
  const isEmpty = met.size === 0;
  // It is counted after it was seen: what went out of sight and came back is found by the count.
  if (isEmpty) await env.confirm();
  if (isReconciled && !(await bring(missed()))) return;
  if (!isEmpty && !counted) {
    await env.confirm();
    if (isReconciled && !(await bring(missed()))) return;
  }
  for (const lane of lanes) {
    const { member, window } = lane;
    if (lane.isOver) continue;
    // A count and a list of ids have said what a list lacked, and brought it.
    if (short && !isReconciled && !member.session.short([short], partition)) {
      lane.isOver = true;
      continue;
    }
    member.track.finish(window!);
    member.session.states.moved(partition.key, member.track);
    member.session.betweenUnits();
  }
}

/**
 * Records that some streams owe, by their keys: sent with all their entries, whatever their place. What does not come
 * is gone, where the partition can still be seen.
 */
export async function readOwed(lanes: readonly Lane[], env: WindowEnv): Promise<void> {
  const { scan, partition } = env;
  const ids = [...new Set(lanes.flatMap(({ member }) => member.track.owed))];
  let brought = 0;
  for (let at = 0; at < ids.length; at += 100) {
    const pages = scan.definition.fetch({ ...contextOf(lanes, env), ids: ids.slice(at, at + 100) });
    await readUnits(pages, { ...unitOptions(lanes, env), mostPages: 1 }, async (unit) => {
      for (const page of unit.pages) brought += page.count;
      await takeAll(unit, lanes, env);
      return lanes.some(({ isOver }) => !isOver);
    });
  }
  if (brought < ids.length) await env.confirm();
  for (const { member, isOver } of lanes) {
    if (isOver) continue;
    member.track.paid();
    member.session.states.moved(partition.key, member.track);
  }
}

/** Brings a unit to every lane; the one that tells arrivals goes first. */
async function takeAll(unit: Unit, lanes: readonly Lane[], env: WindowEnv): Promise<void> {
  const open = lanes.filter(({ isOver }) => !isOver);
  const take = async (lane: Lane, arrivals: Arrivals): Promise<AllTold> => {
    const { session } = lane.member;
    try {
      const told = await takeUnit(lane, unit, arrivals, env);
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
function oweArrivals(lanes: readonly Lane[], told: AllTold, { partition }: WindowEnv): void {
  for (const { isOver, window, member } of lanes) {
    const { entries, session, track } = member;
    if (!isOver || !window || !entries || track.from === undefined) continue;
    track.owe([...told].flatMap(([key, known]) => (hasArrived(known, track) ? [key] : [])));
    session.states.moved(partition.key, track);
  }
}

function contextOf(lanes: readonly Lane[], { scan, partition }: WindowEnv) {
  const streams = new Set(lanes.map(({ member }) => member.session.run.name));
  return { api: scan.api, partition, streams, select: scan.select };
}

function unitOptions(lanes: readonly Lane[], { scan, slots, now, signal }: WindowEnv) {
  const hasEntries = lanes.some(({ member }) => member.entries !== undefined);
  return { name: scan.definition.name, slots, now, signal, mostPages: hasEntries ? MOST_PAGES : 1 };
}
