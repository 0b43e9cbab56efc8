import type { HeadraceError } from '../../errors.ts';
import { mayBeOutage } from '../../http/blame.ts';
import { withTries } from '../../http/tries.ts';
import type { Page } from '../../protocol/page.ts';
import { windowRows } from '../cursors/window-rows.ts';
import { collected, halved, Streak } from '../halved.ts';
import type { Lane } from './lane.ts';
import { contextOf, unitOptions, type WindowEnv } from './read-window.ts';
import { takeUnit } from './take-unit.ts';
import { readUnits } from './units.ts';

/** `ScanDefinition.fetch` is given so many keys at most. */
const MOST_KEYS = 100;
/** What could not be read before may fail again, each run: about a quarter of a minute is waited for it, not two. */
const TRIES = 4;

/** What some keys' records could not be read for; undefined: nobody says. */
type Lost = ReadonlyMap<string, HeadraceError | undefined>;

/**
 * Records that some streams owe, by their keys: sent with all their entries, whatever their place. What cannot be read
 * is owed on. What does not come is gone, if it is no longer listed and the partition can still be seen.
 */
export async function readOwed(lanes: readonly Lane[], env: WindowEnv): Promise<void> {
  const ids = [...new Set(lanes.flatMap(({ member }) => member.track.owed))];
  const came = new Set<string>();
  const lost = new Map<string, HeadraceError | undefined>();
  const pages = fetched(ids, lanes, env, (id, error) => lost.set(id, error));
  await readUnits(pages, { ...unitOptions(lanes, env), mostPages: 1 }, async (unit) => {
    for (const { keys } of unit.pages) for (const key of keys) came.add(key);
    await takeUnit(unit, lanes, env);
    return lanes.some(({ isOver }) => !isOver);
  });
  const missing = ids.filter((id) => !came.has(id));
  const there = missing.length > 0 ? await stillThere(missing, lost, env) : [];
  for (const { member, isOver } of lanes) {
    if (isOver) continue;
    const { track, unreadable, askAgain, session } = member;
    for (const id of there) if (track.owes(id)) unreadable.add([id], lost.get(id));
    track.paid(ids.filter((id) => !unreadable.has(id) && !askAgain.has(id)));
    session.states.moved(env.partition.key, track);
  }
}

async function* fetched(
  ids: readonly string[],
  lanes: readonly Lane[],
  env: WindowEnv,
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

/** Those of the records that did not come which are there nevertheless. */
async function stillThere(
  missing: readonly string[],
  lost: Lost,
  { scan, partition, confirm }: WindowEnv,
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
  // An answer may leave out what it cannot show, too: the list decides.
  if (ids)
    for await (const some of ids(scan.api, partition, { since: undefined, until: undefined }))
      for (const id of some) listed.add(id);
  await confirm();
  return missing.filter((id) => !isOpen(id) || (ids ? listed.has(id) : !isGone(id)));
}

/** Which of some records `fetch` brings, or fails over: those are there. */
export async function fetchable(
  keys: readonly string[],
  { scan, partition, key, value }: WindowEnv,
): Promise<ReadonlySet<string>> {
  const { api, select, definition } = scan;
  const there = new Set<string>();
  const ask = (ids: readonly string[]): Promise<Page[]> =>
    collected(definition.fetch!({ api, partition, select, streams: new Set(), ids }));
  for (let at = 0; at < keys.length; at += MOST_KEYS)
    for await (const pages of halved(keys.slice(at, at + MOST_KEYS), ask, (id) => there.add(id)))
      for (const page of pages)
        for (const id of [...page.unreadable, ...windowRows(page, key, value).keys]) there.add(id);
  return there;
}
