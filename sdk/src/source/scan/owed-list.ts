import type { HeadraceError } from '../../errors.ts';
import { mayBeOutage } from '../../http/blame.ts';
import { withTries } from '../../http/tries.ts';
import type { Page } from '../../protocol/page.ts';
import { MOST_KEYS } from '../cursors/reconcile.ts';
import { collected, halved, Streak } from '../halved.ts';
import type { RecordList } from '../read-lists.ts';
import { contextOf, type ScanEnv, type ScanLane } from './member.ts';
import { recordsOf } from './records.ts';
import { takeUnit } from './take-unit.ts';

/** What could not be read before may fail again in each run. This waits about 15 seconds for it, not two minutes. */
const TRIES = 4;

/** Why records could not be read, by their keys; undefined: no reason is known. */
type Lost = ReadonlyMap<string, HeadraceError | undefined>;

/**
 * The records that some members owe, by their keys. They are sent with all their entries, whatever the position. What
 * cannot be read stays owed. What does not come is gone, if it is no longer listed and the partition can still be seen.
 */
export function owedList(lanes: readonly ScanLane[], env: ScanEnv): RecordList<ScanLane> {
  const { scan, partition } = env;
  const ids = [...new Set(lanes.flatMap(({ member }) => member.track.owed))];
  const came = new Set<string>();
  const lost = new Map<string, HeadraceError | undefined>();

  return {
    name: scan.definition.name,
    lanes,
    mostPages: 1,
    read: (to) => fetched(ids, to, env, (id, error) => lost.set(id, error)),
    take(unit, to) {
      for (const page of unit.pages) for (const { key } of recordsOf(page, scan.definition)) came.add(key);
      return takeUnit(unit, to, env);
    },
    async complete(_, short) {
      // A list that is cut says nothing about what did not come.
      if (short) throw short;
      const missing = ids.filter((id) => !came.has(id));
      const there = missing.length > 0 ? await stillThere(missing, lost, env) : [];
      for (const { member, session, isOver } of lanes) {
        if (isOver) continue;
        const { track, unreadable, askAgain } = member;
        for (const id of there) if (track.owes(id)) unreadable.add([id], lost.get(id));
        track.paid(ids.filter((id) => !unreadable.has(id) && !askAgain.has(id)));
        session.states.moved(partition.key, track);
      }
      return true;
    },
  };
}

async function* fetched(
  ids: readonly string[],
  lanes: readonly ScanLane[],
  env: ScanEnv,
  lose: (id: string, error?: HeadraceError) => void,
): AsyncGenerator<Page> {
  const context = contextOf(lanes, env);
  const { fetch } = env.scan.definition;
  const ask = (part: readonly string[]): Promise<Page[]> =>
    withTries(TRIES, () => collected(fetch!({ ...context, ids: part })));
  const streak = new Streak();
  for (let at = 0; at < ids.length; at += MOST_KEYS)
    for await (const pages of halved(ids.slice(at, at + MOST_KEYS), ask, lose, streak)) {
      for (const { unreadable, because } of pages) for (const id of unreadable) lose(id, because);
      yield* pages.filter(({ count }) => count > 0);
    }
}

/** Which of the records that did not come still exist. */
async function stillThere(
  missing: readonly string[],
  lost: Lost,
  { scan, partition, confirm }: ScanEnv,
): Promise<string[]> {
  const isGone = (id: string): boolean => !lost.has(id) || lost.get(id)?.status === 404;
  const isOpen = (id: string): boolean => {
    const error = lost.get(id);
    return !lost.has(id) || (error !== undefined && !mayBeOutage(error));
  };
  const open = missing.filter(isOpen);
  if (open.length === 0) return [...missing];
  const { ids } = scan.definition;
  const listed = new Set<string>();
  // A response may also leave out what it cannot show, so the list decides.
  if (ids)
    for await (const some of ids(scan.api, partition, { since: undefined, until: undefined }))
      for (const id of some) listed.add(id);
  await confirm();
  return missing.filter((id) => !isOpen(id) || (ids ? listed.has(id) : !isGone(id)));
}

/** Which of some records `fetch` returns, or fails for: those exist. */
export async function fetchable(
  keys: readonly string[],
  { scan, partition }: ScanEnv,
): Promise<ReadonlySet<string>> {
  const { api, select, definition } = scan;
  const there = new Set<string>();
  const ask = (ids: readonly string[]): Promise<Page[]> =>
    collected(definition.fetch!({ api, partition, select, streams: new Set(), ids }));
  for (let at = 0; at < keys.length; at += MOST_KEYS)
    for await (const pages of halved(keys.slice(at, at + MOST_KEYS), ask, (id) => there.add(id)))
      for (const page of pages) {
        for (const id of page.unreadable) there.add(id);
        for (const { key } of recordsOf(page, definition)) there.add(key);
      }
  return there;
}
