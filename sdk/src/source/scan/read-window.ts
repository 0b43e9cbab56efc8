import { isShortList, type ShortListError } from '../../http/index.ts';
import type { Page } from '../../protocol/page.ts';
import { HashSet } from '../cursors/hash-set.ts';
import { missedPages } from '../cursors/reconcile.ts';
import { isShort } from '../cursors/short.ts';
import type { TimeRange } from '../cursors/split-window.ts';
import type { WindowRows } from '../cursors/window-rows.ts';
import type { PageSlots } from '../page-slots.ts';
import type { OpenScan } from './define.ts';
import { type Lane, type LaneEnv, oweUnread } from './lane.ts';
import { takeUnit } from './take-unit.ts';
import { readUnits } from './units.ts';

/** What a window is read with. */
export interface WindowEnv extends LaneEnv {
  readonly scan: OpenScan;
  readonly slots: PageSlots;
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

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
  const count = ({ page, keys, times }: WindowRows): void => {
    for (const [row, key] of keys.entries()) {
      const time = times[row]!;
      // One that lacks its time was found by it nevertheless.
      const isOutside =
        time < (range.since ?? Number.NEGATIVE_INFINITY) || time >= (range.until ?? Number.POSITIVE_INFINITY);
      if (met.add(key) && !isOutside) inRange++;
    }
    // They stand in the list, and need not be looked for.
    for (const key of page.unreadable) if (met.add(key)) inRange++;
  };
  const bring = (pages: AsyncIterable<Page>, to = lanes): Promise<boolean> =>
    readUnits(pages, unitOptions(to, env), async (unit) => {
      for (const page of unit.pages) count(page);
      await takeUnit(unit, to, env);
      return to.some(({ isOver }) => !isOver);
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
        fetch: (ids) => definition.fetch!({ ...contextOf(lanes, env), ids }),
      },
      range,
      whole: range,
      counted: before,
      met,
      inRange: () => inRange,
      owe: (ids, because) => {
        for (const lane of lanes) if (!lane.isOver) oweUnread(lane, ids, because, env);
      },
      warn: env.warn,
    });

  const bringMissed = async (): Promise<boolean> => {
    try {
      return await bring(missed());
    } catch (error) {
      if (isShort(error))
        for (const { member, window } of lanes) {
          window?.restart();
          member.session.states.moved(partition.key, member.track);
        }
      throw error;
    }
  };

  let short: ShortListError | undefined;
  try {
    if (!(await bring(definition.read({ ...contextOf(lanes, env), range })))) return;
    await readAgain(range, lanes, env, bring);
  } catch (error) {
    if (!isShortList(error) || (met.size === 0 && error.rows > 0)) throw error;
    short = error;
  }
  for (const { window } of lanes) window?.endOrder();
  const { count: counts, ids, fetch } = definition;
  const isReconciled = counts !== undefined && ids !== undefined && fetch !== undefined;
  const isEmpty = met.size === 0;
  // It is counted after it was seen: what went out of sight and came back is found by the count.
  if (isEmpty) await env.confirm();
  if (isReconciled && !(await bringMissed())) return;
  if (!isEmpty && !counted) {
    await env.confirm();
    if (isReconciled && !(await bringMissed())) return;
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

/** Lanes whose windows found the list out of its order get it once more, from where their scans began. */
async function readAgain(
  { until }: TimeRange,
  lanes: readonly Lane[],
  env: WindowEnv,
  bring: (pages: AsyncIterable<Page>, to: readonly Lane[]) => Promise<boolean>,
): Promise<void> {
  const isAsked = (lane: Lane): boolean => {
    try {
      return !lane.isOver && lane.window?.part.again?.() === true;
    } catch (error) {
      lane.isOver = true;
      lane.member.session.fail(error, env.partition);
      return false;
    }
  };
  for (let again = lanes.filter(isAsked); again.length > 0; again = again.filter(isAsked)) {
    const sinces = again.map(({ window }) => window!.part.from.since);
    const since = sinces.includes(undefined) ? undefined : Math.min(...sinces.map((time) => time!));
    await bring(env.scan.definition.read({ ...contextOf(again, env), range: { since, until } }), again);
  }
}

/** What the scan's calls are given for some lanes. */
export function contextOf(lanes: readonly Lane[], { scan, partition }: WindowEnv) {
  const streams = new Set(lanes.map(({ member }) => member.session.run.name));
  return { api: scan.api, partition, streams, select: scan.select };
}

export function unitOptions(lanes: readonly Lane[], { scan, key, value, slots, now, signal }: WindowEnv) {
  const hasEntries = lanes.some(({ member }) => member.entries !== undefined);
  const mostPages = hasEntries ? MOST_PAGES : 1;
  return { name: scan.definition.name, key, value, slots, now, signal, mostPages };
}
