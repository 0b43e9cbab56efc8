import { type CountedRange, countChecked, cutRange, type TimeRange } from '../cursors/split-window.ts';
import type { Partition } from '../define.ts';
import { Streak } from '../halved.ts';
import { PageSlots } from '../page-slots.ts';
import { readPartitions } from '../partitions.ts';
import { endPartition, type ReadingEnv, readLists } from '../read-lists.ts';
import type { StreamSession } from '../stream-session.ts';
import { Unreadable } from '../unreadable.ts';
import type { OpenScan, ScannedStream } from './define.ts';
import { lateList } from './late-list.ts';
import { type Member, openLane, type ScanEnv, type ScanLane } from './member.ts';
import { fetchable, owedList } from './owed-list.ts';
import { planWindows } from './plan.ts';
import { openTrack, type Track } from './track.ts';
import { windowList } from './window-list.ts';

/**
 * Reads the streams that share a scan: the records of each partition once, in windows that are read concurrently and
 * cover what the streams need together.
 */
export async function readScan(
  sessions: readonly StreamSession[],
  scan: OpenScan,
  env: ReadingEnv,
): Promise<void> {
  const most = Math.max(1, env.slots.most >> 1);
  // As many windows as requests may be in flight. More would only increase what a kill loses.
  const turns = new PageSlots(most, env.signal);
  await readPartitions(sessions, {
    most,
    list: (listing) => scan.definition.partitions(scan.api, listing),
    counting: sessions.find(({ run }) => (run.stream as ScannedStream).entries === undefined),
    read: (partition, permitted) => readPartition(partition, permitted, scan, turns, env),
  });
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
  const scanEnv: ScanEnv = {
    ...env,
    scan,
    partition,
    confirm: async () => definition.confirm?.(scan.api, partition),
    warn: (message) => env.cursorEnv.warn(`${definition.name} (${partition.key}): ${message}`),
    arrival: sessions.some(({ run }) => run.name === arrival?.stream) ? arrival : undefined,
    fetchable: definition.fetch && ((keys) => fetchable(keys, scanEnv)),
  };
  const tracks = members.map(({ track }) => track);
  const { pieces, counted } = await piecesOf(partition, tracks, scan);
  members.find(({ entries }) => !entries)?.session.estimates.opened(counted);
  const planned = planWindows(
    tracks.map(({ needs }) => needs),
    pieces.flatMap(({ until }) => (until === undefined ? [] : [until])),
  );
  const lanes: ScanLane[][] = planned.map(() => []);
  for (const [m, member] of members.entries()) {
    const own = planned.flatMap(({ pieces }, place) => (pieces[m] ? [{ place, piece: pieces[m] }] : []));
    const windows = member.track.start(own.map(({ piece }) => piece));
    for (const [i, { place }] of own.entries()) lanes[place]!.push(openLane(member, windows[i]!));
  }

  const owing = members.filter(({ track }) => track.owed.length > 0);
  if (definition.fetch) {
    const own = owing.map((member) => openLane(member, 'owed'));
    if (own.length > 0) await readLists([owedList(own, scanEnv)], partition, env);
  } else {
    // An earlier version of the connector could fetch them.
    for (const { unreadable, track } of owing) unreadable.add(track.owed);
  }
  await readLate(members, lanes.flat(), scanEnv);
  const lists = planned.flatMap((range, place) => {
    const piece = pieces.find(({ since, until }) => since === range.since && until === range.until);
    const open = lanes[place]!.filter(({ isOver }) => !isOver);
    return open.length === 0 ? [] : [windowList(range, piece?.counted, open, scanEnv)];
  });
  await readLists(lists, partition, env, turns);
  for (const member of members) {
    const own = lanes.flat().filter((lane) => lane.member === member);
    endPartition(member, own, partition);
  }
}

/** Reads late records. A stream that fails to keeps its position: its windows are not read. */
async function readLate(
  members: readonly Member[],
  windows: readonly ScanLane[],
  env: ScanEnv,
): Promise<void> {
  const late = members.filter(({ track }) => track.late).map((member) => openLane(member, 'late'));
  if (late.length === 0) return;
  await readLists([lateList(late, env)], env.partition, env);
  for (const { member } of late.filter(({ isOver }) => isOver))
    for (const lane of windows) if (lane.member === member) lane.isOver = true;
}

/** A saved state that is not valid fails only its own stream. */
async function openMembers(
  partition: Partition,
  sessions: readonly StreamSession[],
  { definition, api }: OpenScan,
  env: ReadingEnv,
): Promise<Member[]> {
  const { safetyMinutes, start } = definition.window(api, partition);
  let begun: Promise<number> | undefined;
  // All streams that begin a scan now begin it at the same instant.
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
        definition,
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

/**
 * The pieces of a long range, and about how many records each has. An interrupted scan keeps the windows that it has.
 */
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
