import type { HeadraceError } from '../../errors.ts';
import { mayBeOutage } from '../../http/blame.ts';
import { isShortList, isTooHeavy, type ShortListError } from '../../http/index.ts';
import type { Rows } from '../cursors/window-rows.ts';
import { halved } from '../halved.ts';
import type { Arrival, OpenEntries, OwnedPage, Parent } from './define.ts';
import {
  type Arrivals,
  isReady,
  type Lane,
  type LaneEnv,
  type Member,
  oweUnread,
  type Row,
  type Told,
} from './lane.ts';

/** So many bytes of entries are held until they are whole (DESIGN.md, invariant 1). */
const MOST_HELD = 32 << 20;

/** Entries of some records, whole. */
interface Held {
  /** The records, as the window looked at them. */
  readonly rows: Rows;
  /** Those of the records that are wanted. */
  readonly parents: readonly Parent[];
  readonly pages: readonly OwnedPage[];
  /** The one record's list ended short of its total. */
  readonly short: ShortListError | undefined;
}

/**
 * Takes the entries of some records: of all of them at once; of halves if those are too many to be held, or if one
 * record's cannot be read. That record is owed and passed over (invariant 4).
 */
export async function takeEntries(
  lane: Lane,
  entries: OpenEntries,
  rows: readonly Row[],
  arrivals: Arrivals,
  told: Map<string, Told>,
  env: LaneEnv,
): Promise<void> {
  const { member } = lane;
  let lost: Array<[row: Row, error: HeadraceError]> = [];
  let lostMany = 0;
  const passLost = async (): Promise<void> => {
    if (lost.length > 0) await passOver(lane, lost, env);
    lostMany += lost.length;
    lost = [];
  };
  let heavy = Number.POSITIVE_INFINITY;
  const ask = (part: readonly Row[]): Promise<Held | undefined> =>
    held(lane, entries, part, arrivals, env).catch((error: unknown) => {
      if (isTooHeavy(error)) heavy = Math.min(heavy, part.length);
      throw error;
    });
  const answers = halved(rows, ask, (row, error) => lost.push([row, error]), member.streak);
  for await (const answer of answers) {
    await passLost();
    await take(lane, answer, told, env);
  }
  await passLost();
  // No record's fault: all of them came, in less heavy answers.
  if (lostMany === 0) member.light = Math.min(member.light, Math.ceil(heavy / 2));
}

/** All entries of some records; undefined if they are too many to be held and the records can be parted. */
async function held(
  { member: { track }, window }: Lane,
  entries: OpenEntries,
  rows: readonly Row[],
  arrivals: Arrivals,
  { partition, signal, confirm }: LaneEnv,
): Promise<Held | undefined> {
  const looked = inWindow(rows);
  const fresh = window?.fresh(looked);
  const mayHaveArrived = await arrivals;
  const parents = rows
    .filter((_, i) => fresh?.[i] !== 0)
    .map(
      (row): Parent => ({
        ...row,
        since: track.sinceOf(row.key, !window || mayHaveArrived(row.key, track)),
        isAskedAgain: track.isAskedAgain(row.time),
      }),
    );
  const pages: OwnedPage[] = [];
  if (parents.length === 0) return { rows: looked, parents, pages, short: undefined };
  let bytes = 0;
  let isDoubtful = false;
  const doubt = (): void => {
    isDoubtful = true;
  };
  let short: ShortListError | undefined;
  try {
    for await (const owned of entries.read(partition, parents, doubt)) {
      signal.throwIfAborted();
      pages.push(owned);
      bytes += owned.page.bytes.length;
      if (bytes > MOST_HELD && parents.length > 1) return undefined;
    }
  } catch (error) {
    if (!isShortList(error)) throw error;
    // Whose list it is shows when each is asked for alone.
    if (parents.length > 1) return undefined;
    short = error;
  }
  if (isDoubtful) await confirm();
  return { rows: looked, parents, pages, short };
}

/** Writes entries in one turn; then the stream's place moves (invariants 1, 4). */
async function take(
  lane: Lane,
  { rows, parents, pages, short }: Held,
  told: Map<string, Told>,
  env: LaneEnv,
): Promise<void> {
  const { member, window } = lane;
  const { session, track } = member;
  if (env.arrival?.stream === session.run.name) {
    for (const { key } of parents) told.set(key, { isNew: false, latest: Number.NEGATIVE_INFINITY });
    tellArrivals(pages, member, env.arrival, told);
  }
  await isReady(env);
  for (const { page, owner } of pages) {
    const whole = told.get(owner.key)?.isNew ? { ...owner, since: track.sinceOf(owner.key, true) } : owner;
    const isNew = track.entries!.fresh(page, whole);
    session.write(page, isNew, owner);
    track.entries!.written(page, owner, isNew);
  }
  // A list that lacks what the last run did not find to be lacking is asked for again by the next one.
  if (short && !session.short([short], env.partition)) {
    if (!env.fetchable) return hold(lane, parents, env);
    for (const { key } of parents) {
      member.askAgain.add(key);
      track.owe([key]);
    }
  }
  moved(member, window, rows, env);
  track.handled(parents.map(({ key }) => key));
}

/** Records whose entries cannot be read: owed, but for those that are gone, as a refusal may mean. */
async function passOver(
  lane: Lane,
  lost: ReadonlyArray<readonly [row: Row, error: HeadraceError]>,
  env: LaneEnv,
): Promise<void> {
  const { member, window } = lane;
  if (!env.fetchable) {
    for (const [{ key }, error] of lost) oweUnread(lane, [key], error, env);
    return;
  }
  const refused = lost.filter(([, error]) => !mayBeOutage(error)).map(([{ key }]) => key);
  const there = refused.length > 0 ? await env.fetchable(refused) : new Set<string>();
  for (const [{ key }, error] of lost)
    if (mayBeOutage(error) || there.has(key)) oweUnread(lane, [key], error, env);
  const rows = lost.map(([row]) => row);
  moved(member, window, inWindow(rows), env);
}

/**
 * Records that are to be read again with the list, as nothing fetches them: the window stays before them, and does not
 * remember them.
 */
function hold({ member, window }: Lane, parents: readonly Parent[], { partition }: LaneEnv): void {
  window!.part.owe!(parents.map(({ key }) => key));
  member.session.states.moved(partition.key, member.track);
  member.session.betweenUnits();
}

function moved({ session, track }: Member, window: Lane['window'], rows: Rows, env: LaneEnv): void {
  window?.advance(rows);
  session.states.moved(env.partition.key, track);
  session.betweenUnits();
}

/** Rows of several pages, as a window looks at them. */
export const inWindow = (rows: readonly Row[]): Rows => ({
  keys: rows.map(({ key }) => key),
  times: rows.map(({ time }) => time),
  hash: (i) => rows[i]!.rows.hash(rows[i]!.row),
  mark: (i) => rows[i]!.rows.mark(rows[i]!.row),
});

/** Tells what entries say of when their records came into sight. */
function tellArrivals(
  pages: readonly OwnedPage[],
  { session, track }: Member,
  { at, owing = [] }: Arrival,
  told: ReadonlyMap<string, Told>,
): void {
  for (const { page, owner } of pages) {
    const isNew = track.entries!.fresh(page, owner);
    const known = told.get(owner.key)!;
    for (let row = 0; row < page.count; row++) {
      const time = at(page, row);
      if (time === undefined) continue;
      known.latest = Math.max(known.latest, time);
      if (isNew[row] === 0) continue;
      known.isNew = true;
      // If everything is read anyway nothing is owed.
      if (owner.since !== undefined) session.owe(owing, '', [owner.key]);
    }
  }
}
