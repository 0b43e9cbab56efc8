import type { Page } from '../../protocol/page.ts';
import { hashOfRow, markOfRow } from '../cursors/row-bytes.ts';
import type { Window } from '../cursors/window.ts';
import { type Rows, type WindowRows, windowRows } from '../cursors/window-rows.ts';
import type { Partition } from '../define.ts';
import type { StreamSession } from '../stream-session.ts';
import type { Arrival, OpenEntries, OwnedPage, Parent } from './define.ts';
import type { Track } from './track.ts';
import type { Unit } from './units.ts';

/** A stream's part in the scan of a partition. */
export interface Member {
  readonly session: StreamSession;
  readonly track: Track;
  /** Undefined: the stream sends the scan's own records. */
  readonly entries: OpenEntries | undefined;
}

/** What a lane needs of the scan. */
export interface LaneEnv {
  readonly partition: Partition;
  readonly key: string;
  readonly value: string;
  readonly ready: () => Promise<void> | undefined;
  readonly signal: AbortSignal;
  /** See `ScanDefinition.confirm`. */
  readonly confirm: () => Promise<void>;
  /** See `ScanDefinition.arrival`; undefined where its stream is not selected. */
  readonly arrival: Arrival | undefined;
}

/** What the entries of the stream that tells arrivals say of a record. */
export interface Told {
  /** An entry that is new to that stream says that the record came into sight. */
  isNew: boolean;
  /** The last time that it did, as far as entries were read; -Infinity: none says so. */
  latest: number;
}

/** By the record's key; without one of those that did not come to that stream. */
export type AllTold = ReadonlyMap<string, Told>;

/** Whether a record of a unit came into sight, or may have, since a track was there: all of its entries are sent then. */
export type Arrivals = Promise<(key: string, track: Track) => boolean>;

/** One stream's way through a window; without a window it takes records that are owed. */
export interface Lane {
  readonly member: Member;
  readonly window: Window | undefined;
  /** It failed in this window, or has all that `--limit` wants. */
  isOver: boolean;
}

interface Row {
  readonly page: Page;
  readonly row: number;
  readonly key: string;
  readonly time: number;
}

/** So many bytes of entries are held until they are whole (DESIGN.md, invariant 1). */
const MOST_HELD = 32 << 20;

/**
 * Brings a unit to one stream: what it sends of it is written in one turn, then its place moves (invariants 1, 4).
 * Resolves to what its entries tell of the records: whether each came into sight.
 */
export async function takeUnit(lane: Lane, unit: Unit, arrivals: Arrivals, env: LaneEnv): Promise<AllTold> {
  const { entries } = lane.member;
  const told = new Map<string, Told>();
  if (!entries) {
    for (const page of unit.pages) await takeRecords(lane, page, env);
    return told;
  }
  const rows = unit.pages.flatMap((page) => rowsOf(windowRows(page, env.key, env.value)));
  const { atOnce = rows.length } = entries;
  for (let at = 0; at < rows.length; at += atOnce)
    await unit.turn(() => takeEntries(lane, entries, rows.slice(at, at + atOnce), arrivals, told, env));
  return told;
}

async function takeRecords({ member, window }: Lane, page: Page, env: LaneEnv): Promise<void> {
  const { session, track } = member;
  await isReady(env);
  const rows = windowRows(page, env.key, env.value);
  session.write(page, window?.fresh(rows), env.partition);
  window?.advance(rows);
  session.states.moved(env.partition.key, track);
  session.betweenUnits();
}

/** Entries of some records: all of them, or those of half the records and then of the rest. */
async function takeEntries(
  lane: Lane,
  entries: OpenEntries,
  rows: readonly Row[],
  arrivals: Arrivals,
  told: Map<string, Told>,
  env: LaneEnv,
): Promise<void> {
  const { member, window } = lane;
  const { session, track } = member;
  const both: Rows = {
    keys: rows.map(({ key }) => key),
    times: rows.map(({ time }) => time),
    hash: (i) => hashOfRow(rows[i]!.page, rows[i]!.row),
    mark: (i) => markOfRow(rows[i]!.page, rows[i]!.row),
  };
  const fresh = window?.fresh(both);
  const wanted = rows.filter((_, i) => fresh?.[i] !== 0);
  const mayHaveArrived = await arrivals;
  const parents = wanted.map(
    (row): Parent => ({
      ...row,
      since: track.sinceOf(row.key, !window || mayHaveArrived(row.key, track)),
      isAskedAgain: track.isAskedAgain(row.time),
    }),
  );
  const pages = await held(entries, parents, env);
  if (!pages) {
    const half = rows.length >> 1;
    await takeEntries(lane, entries, rows.slice(0, half), arrivals, told, env);
    return takeEntries(lane, entries, rows.slice(half), arrivals, told, env);
  }
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
  window?.advance(both);
  track.handled(parents.map(({ key }) => key));
  session.states.moved(env.partition.key, track);
  session.betweenUnits();
}

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
      // Where everything is read anyway nothing is owed.
      if (owner.since !== undefined) session.owe(owing, '', [owner.key]);
    }
  }
}

/** All entries of some records; undefined where they are too many to be held and the records can be parted. */
async function held(
  entries: OpenEntries,
  parents: readonly Parent[],
  { partition, signal, confirm }: LaneEnv,
): Promise<OwnedPage[] | undefined> {
  const pages: OwnedPage[] = [];
  if (parents.length === 0) return pages;
  let bytes = 0;
  let isDoubtful = false;
  const doubt = (): void => {
    isDoubtful = true;
  };
  for await (const owned of entries.read(partition, parents, doubt)) {
    signal.throwIfAborted();
    pages.push(owned);
    bytes += owned.page.bytes.length;
    if (bytes > MOST_HELD && parents.length > 1) return undefined;
  }
  if (isDoubtful) await confirm();
  return pages;
}

function rowsOf({ page, keys, times }: WindowRows): Row[] {
  return keys.map((key, row) => ({ page, row, key, time: times[row]! }));
}

/** The reader of our output may be slow. */
async function isReady({ ready, signal }: LaneEnv): Promise<void> {
  for (let slow = ready(); slow; slow = ready()) await slow;
  signal.throwIfAborted();
}
