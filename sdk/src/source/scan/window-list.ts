import type { ShortListError } from '../../http/index.ts';
import type { Page } from '../../protocol/page.ts';
import { HashSet } from '../cursors/hash-set.ts';
import { missedPages } from '../cursors/reconcile.ts';
import { isShort } from '../cursors/short.ts';
import type { TimeRange } from '../cursors/split-window.ts';
import { windowRows } from '../cursors/window-rows.ts';
import { oweUnreadable } from '../lane.ts';
import type { RecordList } from '../read-lists.ts';
import { contextOf, type ScanEnv, type ScanLane } from './member.ts';
import { takeUnit } from './take-unit.ts';

/** Pages per unit if entries are requested in bulk: the changelogs of 400 issues mostly fit in one response of Jira. */
const MOST_PAGES = 4;

/**
 * The list of one window, for all members that need it.
 * @param countedBefore how many records it had when the scan began, approximately. A record that leaves the window while
 *   it is read must not make up for one that the search left out
 */
export function windowList(
  range: TimeRange,
  countedBefore: number | undefined,
  lanes: readonly ScanLane[],
  env: ScanEnv,
): RecordList<ScanLane> {
  const { scan, partition } = env;
  const { definition, api } = scan;
  const { count, ids, fetch } = definition;
  const met = new HashSet();
  let inRange = 0;
  /** The last count, after everything was read. If it is above zero, the partition can still be seen. */
  let counted: number | undefined;

  function note(page: Page): void {
    const { keys, times } = windowRows(page, definition.key, definition.value);
    for (const [row, key] of keys.entries()) {
      const time = times[row]!;
      // A record without a time was found by it nevertheless.
      const isOutside =
        time < (range.since ?? Number.NEGATIVE_INFINITY) || time >= (range.until ?? Number.POSITIVE_INFINITY);
      if (met.add(key) && !isOutside) inRange++;
    }
    // They are in the list, and need not be looked for.
    for (const key of page.unreadable) if (met.add(key)) inRange++;
  }

  const missed =
    count && ids && fetch
      ? (): AsyncIterable<Page> =>
          missedPages({
            range,
            count: async (part) => {
              counted = await count(api, partition, part);
              return counted;
            },
            ids: (part) => ids(api, partition, part),
            fetch: (keys) => fetch({ ...contextOf(lanes, env), ids: keys }),
            key: definition.key,
            countedBefore,
            met,
            inRange: () => inRange,
            owe: (keys, because) => {
              for (const lane of lanes) if (!lane.isOver) oweUnreadable(lane, { unreadable: keys, because });
            },
            warn: env.warn,
          })
      : undefined;

  /** If it is unknown what is missing, the next run reads the whole window again. */
  function restart(error: unknown): never {
    if (isShort(error))
      for (const { window, session, scan: track } of lanes) {
        window?.restart();
        session.states.moved(partition.key, track);
      }
    throw error;
  }

  return {
    name: definition.name,
    lanes,
    mostPages: lanes.some(({ member }) => member.entries !== undefined) ? MOST_PAGES : 1,
    read: (to) => definition.read({ ...contextOf(to, env), range: { since: least(to), until: range.until } }),
    take(unit, to) {
      for (const page of unit.pages) note(page);
      return takeUnit(unit, to, env);
    },
    async complete(bring, short: ShortListError | undefined) {
      for (const { window } of lanes) window?.endOrder();
      const isEmpty = met.size === 0;
      // It is counted after it was seen: the count finds what was out of sight and came back.
      if (isEmpty) await env.confirm();
      if (missed) await bring(missed()).catch(restart);
      if (lanes.every(({ isOver }) => isOver)) return true;
      if (!isEmpty && !counted) {
        await env.confirm();
        if (missed) await bring(missed()).catch(restart);
      }
      // A count and a list of ids have found what the list left out.
      return short === undefined || missed !== undefined;
    },
  };
}

/** Where the list has to start for these lanes. */
function least(lanes: readonly ScanLane[]): number | undefined {
  const sinces = lanes.map(({ window }) => window!.part.from.since);
  return sinces.includes(undefined) ? undefined : Math.min(...sinces.map((since) => since!));
}
