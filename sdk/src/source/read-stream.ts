import type { CursorEnv } from './cursor.ts';
import { resumable } from './cursors/resumable.ts';
import type { OpenStream, Partition } from './define.ts';
import { type Lane, takePages } from './lane.ts';
import { readPartitions } from './partitions.ts';
import { endPartition, type ReadingEnv, type RecordList, readLists } from './read-lists.ts';
import type { StreamSession } from './stream-session.ts';
import { Unreadable } from './unreadable.ts';

/** Reads one stream: its partitions concurrently, and in each of them the parts of its cursor. */
export async function readStream(session: StreamSession, stream: OpenStream, env: ReadingEnv): Promise<void> {
  const { run, states } = session;
  const happened = new Set<string>();
  /** Partitions of a full refresh that an earlier run completed. */
  const skipped: string[] = [];
  const cursorEnv: CursorEnv = {
    ...env.cursorEnv,
    full: run.full,
    isFirst: (what) => !happened.has(what) && happened.add(what) !== undefined,
    passOn: (partition, id) => states.sent(partition, id),
  };

  async function readPartition(partition: Partition): Promise<void> {
    const cursor = stream.cursor?.(partition) ?? resumable();
    session.onlyAtEnd ||= cursor.stateAtEnd === true;
    const saved = states.saved(partition.key);
    const scan = await cursor.open(saved, cursorEnv);
    session.estimates.opened(scan.estimate);
    if (!stream.cursor && scan.parts.length === 0) skipped.push(partition.key);
    const unreadable = new Unreadable();
    const lanes = scan.parts.map((part): Lane => ({ session, part, scan, unreadable, isOver: false }));
    const lists = lanes.map(
      (lane): RecordList<Lane> => ({
        name: run.name,
        lanes: [lane],
        mostPages: 1,
        read: () => lane.part.pages?.() ?? stream.read(partition, lane.part.from, session.owe),
        take: (unit) => takePages(unit, lane, partition, env),
      }),
    );
    await readLists(lists, partition, env);
    // A full refresh that continues within a partition does not see what fell short before that point.
    const isFromStart = !run.full || saved === undefined || !stream.cursor;
    endPartition({ session, unreadable }, lanes, partition, isFromStart);
  }

  await readPartitions([session], {
    most: env.slots.most,
    list: (listing) => stream.partitions(run.state.partitions, listing),
    counting: session,
    read: readPartition,
  });
  // The next run reads all partitions again. Otherwise one that always fails would keep the others as they are now.
  if (session.hasFailed) for (const key of skipped) states.again(key);
}
