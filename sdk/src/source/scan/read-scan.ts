import { missingPermission } from '../catalog.ts';
import { type CountedRange, countChecked, cutRange, type TimeRange } from '../cursors/split-window.ts';
import type { Partition } from '../define.ts';
import { Streak } from '../halved.ts';
import { PageSlots } from '../page-slots.ts';
import { eachPartition } from '../partitions.ts';
import type { ReadingEnv } from '../read-stream.ts';
import { sideBySide } from '../side-by-side.ts';
import type { StreamSession } from '../stream-session.ts';
import { Unreadable } from '../unreadable.ts';
import type { OpenScan, ScannedStream } from './define.ts';
import type { Lane, Member } from './lane.ts';
import { planWindows } from './plan.ts';
import { fetchable, readOwed } from './read-owed.ts';
import { readWindow, type WindowEnv } from './read-window.ts';
import { openTrack, type Track } from './track.ts';

/**
 * Reads the streams that share a scan: each partition's records once, in windows side by side, over the union of
 * what the streams need. A stream that fails keeps its place in that partition; the others go on (invariant 4).
 */
export async function readScan(
  sessions: readonly StreamSession[],
  scan: OpenScan,
  env: ReadingEnv,
): Promise<void> {
  const permitted = await withPermission(sessions);
  if (permitted.length === 0) return;
  const most = Math.max(1, env.slots.most >> 1);
  // As many windows as requests may be under way: more would only lengthen what is lost with the process.
  const turns = new PageSlots(most, env.signal);
  const isOver = (): boolean => permitted.every((session) => session.isOver);
  const told = permitted.find(({ run }) => (run.stream as ScannedStream).entries === undefined);
  const found = eachPartition(permitted, (listing) => scan.definition.partitions(scan.api, listing));
  await sideBySide(told ? told.estimates.listed(found) : found, most, async (partition) => {
    if (isOver()) return;
    try {
      await readPartition(partition, permitted, scan, turns, env);
    } catch (error) {
      for (const session of permitted) session.fail(error, partition);
    }
    for (const { states } of permitted) states.closed(partition.key);
  });
}

async function withPermission(sessions: readonly StreamSession[]): Promise<StreamSession[]> {
  const permitted: StreamSession[] = [];
  for (const session of sessions) {
    try {
      const missing = await session.run.missingPermission();
      if (missing) throw missingPermission(session.run.name, missing);
      permitted.push(session);
    } catch (error) {
      session.fail(error);
    }
  }
  return permitted;
}

async function readPartition(
  partition: Partition,
  sessions: readonly StreamSession[],
  scan: OpenScan,
  turns: PageSlots,
  env: ReadingEnv,
): Promise<void> {
  const { definition } = scan;
  const members = await openMembers(partition, sessions, scan, env);
  if (members.length === 0) return;
  const { arrival } = definition;
  const windowEnv: WindowEnv = {
    ...env,
    scan,
    partition,
    key: definition.key,
    value: definition.value,
    confirm: async () => definition.confirm?.(scan.api, partition),
    warn: (message) => env.cursorEnv.warn(`${definition.name} (${partition.key}): ${message}`),
    arrival: sessions.some(({ run }) => run.name === arrival?.stream) ? arrival : undefined,
    fetchable: definition.fetch && ((keys) => fetchable(keys, windowEnv)),
  };
  const tracks = members.map(({ track }) => track);
  const { pieces: counts, counted } = await piecesOf(partition, tracks, scan);
  members.find(({ entries }) => !entries)?.session.estimates.opened(counted);
  const planned = planWindows(
    tracks.map(({ needs }) => needs),
    counts.flatMap(({ until }) => (until === undefined ? [] : [until])),
  );
  const lanes: Lane[][] = planned.map(() => []);
  for (const [m, member] of members.entries()) {
    const places = planned.flatMap(({ pieces }, place) => (pieces[m] ? [place] : []));
    const windows = member.track.start(places.map((place) => planned[place]!.pieces[m]!));
    for (const [i, place] of places.entries())
      lanes[place]!.push({ member, window: windows[i], isOver: false });
  }

  const owing = members.filter(({ track }) => track.owed.length > 0);
  // An earlier version of the connector could fetch them.
  if (!definition.fetch) for (const { unreadable, track } of owing) unreadable.add(track.owed);
  if (owing.length > 0 && definition.fetch)
    await apart(
      owing.map((member): Lane => ({ member, window: undefined, isOver: false })),
      windowEnv,
      readOwed,
    );
  await Promise.all(
    planned.map(async (range, place) => {
      await turns.take(definition.name);
      try {
        const before = counts.find(({ since, until }) => since === range.since && until === range.until);
        await apart(lanes[place]!, windowEnv, (open, one) => readWindow(range, before?.counted, open, one));
      } finally {
        turns.give(definition.name);
      }
    }),
  );
  for (const member of members) {
    const own = lanes.flat().filter((lane) => lane.member === member);
    if (own.every(({ isOver }) => !isOver)) member.session.gaps.whole(partition.key);
    const error = member.unreadable.error();
    if (error) member.session.fail(error, partition);
  }
}

/** Reads for some lanes; what stops it for all of them fails each that is not over. */
async function apart(
  lanes: readonly Lane[],
  env: WindowEnv,
  read: (lanes: readonly Lane[], env: WindowEnv) => Promise<void>,
): Promise<void> {
  try {
    await read(lanes, env);
  } catch (error) {
    for (const lane of lanes) {
      if (!lane.isOver) lane.member.session.fail(error, env.partition);
      lane.isOver = true;
    }
  }
}

/** A stream's saved place that is none fails that stream alone. */
async function openMembers(
  partition: Partition,
  sessions: readonly StreamSession[],
  { definition, api }: OpenScan,
  env: ReadingEnv,
): Promise<Member[]> {
  const { safetyMinutes, start } = definition.window(api, partition);
  let begun: Promise<number> | undefined;
  // Streams that begin a scan now begin the same one.
  const begin = (): Promise<number> => {
    begun ??= env.cursorEnv.begin();
    return begun;
  };
  const members: Member[] = [];
  for (const session of sessions) {
    if (session.isOver) continue;
    const { entries } = session.run.stream as ScannedStream;
    const { name } = session.run;
    try {
      const track = await openTrack(session.states.saved(partition.key), {
        key: definition.key,
        value: definition.value,
        safetyMinutes,
        start,
        entries,
        begin,
        warn: (message) => env.cursorEnv.warn(`${name} (${partition.key}): ${message}`),
      });
      members.push({
        session,
        track,
        entries,
        unreadable: new Unreadable(),
        askAgain: new Set(),
        streak: new Streak(),
        light: Number.POSITIVE_INFINITY,
      });
    } catch (error) {
      session.fail(error, partition);
    }
  }
  return members;
}

/** How a long range is cut, unless an interrupted scan has windows already, and how many records each holds, about. */
async function piecesOf(
  partition: Partition,
  tracks: readonly Track[],
  { definition, api }: OpenScan,
): Promise<{ pieces: readonly CountedRange[]; counted?: number }> {
  const { countFromMinutes = 1440, split } = definition.window(api, partition);
  const needs = tracks.flatMap((track) => track.needs);
  if (!definition.count || needs.some(({ until }) => until !== undefined)) return { pieces: [] };
  const settled = Math.min(...tracks.map((track) => track.settledAt));
  const since = needs.some((range) => range.since === undefined)
    ? undefined
    : Math.min(...needs.map((range) => range.since!));
  if (since !== undefined && settled - since < countFromMinutes * 60_000) return { pieces: [] };
  const count = (range: TimeRange): Promise<number | undefined> => definition.count!(api, partition, range);
  const counted = await countChecked(count, { since, until: undefined });
  if (counted === undefined) return { pieces: [] };
  const whole = { since, until: undefined, counted };
  return { pieces: split ? await cutRange(whole, settled, split, count) : [whole], counted };
}
