import type { HeadraceError } from '../../errors.ts';
import { mayBeOutage } from '../../http/blame.ts';
import { isShortList, isTooHeavy, type ShortListError } from '../../http/index.ts';
import type { Rows } from '../cursors/window-rows.ts';
import { halved } from '../halved.ts';
import { moved, outputReady, oweUnreadable } from '../lane.ts';
import { type HasArrived, noteSightings, type Sighting } from './arrivals.ts';
import type { OpenEntries, OwnedPage, Parent } from './define.ts';
import type { ScanEnv, ScanLane } from './member.ts';
import { rowsOf, type ScanRecord } from './records.ts';

/** Entries are held until they are complete, up to this many bytes (invariant 1). */
const MOST_HELD = 32 << 20;

/** All entries of some records. */
interface HeldEntries {
  /** The records, as the window was asked about them. */
  readonly rows: Rows;
  /** The records whose entries are wanted. */
  readonly parents: readonly Parent[];
  readonly pages: readonly OwnedPage[];
  /** Set if the list of the only record ended short of its total. */
  readonly short: ShortListError | undefined;
}

/**
 * Requests and writes the entries of some records, of all at once. If they are too many to hold, or if one record's
 * entries cannot be read, it requests them for halves of the records. The unreadable record is owed and passed over
 * (invariant 4).
 */
export async function takeEntries(
  lane: ScanLane,
  entries: OpenEntries,
  records: readonly ScanRecord[],
  arrivals: Promise<HasArrived>,
  sightings: Map<string, Sighting>,
  env: ScanEnv,
): Promise<void> {
  const { member } = lane;
  let lost: Array<[record: ScanRecord, error: HeadraceError]> = [];
  let lostMany = 0;
  const passLost = async (): Promise<void> => {
    if (lost.length > 0) await passOver(lane, lost, env);
    lostMany += lost.length;
    lost = [];
  };
  let heavy = Number.POSITIVE_INFINITY;
  const ask = (part: readonly ScanRecord[]): Promise<HeldEntries | undefined> =>
    hold(lane, entries, part, arrivals, env).catch((error: unknown) => {
      if (isTooHeavy(error)) heavy = Math.min(heavy, part.length);
      throw error;
    });
  const answers = halved(records, ask, (record, error) => lost.push([record, error]), member.streak);
  for await (const answer of answers) {
    await passLost();
    await write(lane, answer, sightings, env);
  }
  await passLost();
  // If every record's entries came in smaller responses, no record was to blame.
  if (lostMany === 0) member.light = Math.min(member.light, Math.ceil(heavy / 2));
}

/** All entries of some records; undefined if they are too many to hold and the records can be divided. */
async function hold(
  { member: { track }, takes, window }: ScanLane,
  entries: OpenEntries,
  records: readonly ScanRecord[],
  arrivals: Promise<HasArrived>,
  { scan, partition, signal, confirm }: ScanEnv,
): Promise<HeldEntries | undefined> {
  const rows = rowsOf(records);
  const fresh = window?.fresh(rows);
  const hasArrived = await arrivals;
  const parents = records
    .filter((_, i) => fresh?.[i] !== 0)
    .map(
      (record): Parent => ({
        ...record,
        since: track.sinceOf(record.key, takes === 'owed' || hasArrived(record.key, track)),
        isAskedAgain: track.isAskedAgain(record.time),
        isOpen: takes === 'late' || scan.definition.late?.isOpen(record.page, record.row) === true,
      }),
    );
  const pages: OwnedPage[] = [];
  if (parents.length === 0) return { rows, parents, pages, short: undefined };
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
    // Requesting each record alone shows whose list it is.
    if (parents.length > 1) return undefined;
    short = error;
  }
  if (isDoubtful) await confirm();
  return { rows, parents, pages, short };
}

/** Writes entries in one turn, then moves the stream's state (invariants 1, 4). */
async function write(
  lane: ScanLane,
  { rows, parents, pages, short }: HeldEntries,
  sightings: Map<string, Sighting>,
  env: ScanEnv,
): Promise<void> {
  const { member, session } = lane;
  const { track, askAgain } = member;
  if (env.arrival?.stream === session.run.name) {
    for (const { key } of parents) sightings.set(key, { isNew: false, latest: Number.NEGATIVE_INFINITY });
    noteSightings(pages, member, env.arrival, sightings);
  }
  await outputReady(env);
  for (const { page, owner } of pages) {
    const isNew = sightings.get(owner.key)?.isNew;
    const whole = isNew ? { ...owner, since: track.sinceOf(owner.key, true) } : owner;
    const fresh = track.entries!.fresh(page, whole);
    session.write(page, fresh, owner);
    track.entries!.written(page, owner, fresh);
  }
  // A list that lacks something for the first time is requested again by the next run.
  if (short && !session.short([short], env.partition)) {
    const keys = parents.map(({ key }) => key);
    if (!env.fetchable) {
      // Only the list can return them again: the window stays before them and does not remember them.
      lane.part.owe!(keys);
      moved(lane, env.partition);
      return;
    }
    for (const key of keys) askAgain.add(key);
    track.owe(keys);
  }
  pass(lane, rows, env);
  track.handled(parents.map(({ key }) => key));
}

/** Records whose entries cannot be read. They are owed, except those that are gone, as a refusal may mean. */
async function passOver(
  lane: ScanLane,
  lost: ReadonlyArray<readonly [record: ScanRecord, error: HeadraceError]>,
  env: ScanEnv,
): Promise<void> {
  const refused = lost.filter(([, error]) => !mayBeOutage(error)).map(([{ key }]) => key);
  const there = refused.length > 0 ? await env.fetchable?.(refused) : undefined;
  for (const [{ key }, because] of lost)
    if (!env.fetchable || mayBeOutage(because) || there?.has(key))
      oweUnreadable(lane, { unreadable: [key], because });
  const rows = rowsOf(lost.map(([record]) => record));
  if (env.fetchable) pass(lane, rows, env);
}

/** The window, or the list of late records, moves past records. */
function pass(lane: ScanLane, rows: Rows, { partition }: ScanEnv): void {
  lane.window?.advance(rows);
  if (lane.takes === 'late') lane.member.track.lateUpTo(rows.times);
  moved(lane, partition);
}
