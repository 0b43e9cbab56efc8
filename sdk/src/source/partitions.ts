import { isShortList } from '../http/index.ts';
import { missingPermission } from './catalog.ts';
import type { Listing, Partition } from './define.ts';
import { sideBySide } from './side-by-side.ts';
import type { StreamSession } from './stream-session.ts';

/** How the partitions of streams that are read together are found and read. */
export interface PartitionReading {
  /** How many are read at the same time. */
  readonly most: number;
  readonly list: (listing: Listing) => Promise<readonly Partition[]> | AsyncIterable<Partition>;
  /** The stream that reports estimates, if any. */
  readonly counting: StreamSession | undefined;
  /** What it throws fails the partition for all the streams. @param sessions those that may be read */
  readonly read: (partition: Partition, sessions: readonly StreamSession[]) => Promise<void>;
}

/**
 * Reads the partitions of a stream, or of several that share a scan, concurrently. If a partition fails, its state stays
 * where it is and the others go on (invariant 4). Throws only errors of the output.
 */
export async function readPartitions(
  sessions: readonly StreamSession[],
  { most, list, counting, read }: PartitionReading,
): Promise<void> {
  const permitted = await withPermission(sessions);
  if (permitted.length === 0) return;
  const found = eachPartition(permitted, list);
  const isCounted = counting !== undefined && permitted.includes(counting);
  await sideBySide(isCounted ? counting.estimates.listed(found) : found, most, async (partition) => {
    if (permitted.every(({ isOver }) => isOver)) return;
    try {
      await read(partition, permitted);
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
      if (missing !== undefined) throw missingPermission(session.run.name, missing);
      permitted.push(session);
    } catch (error) {
      session.fail(error);
    }
  }
  return permitted;
}

/**
 * The partitions of streams that are read together, as they are found, until no stream needs more. Each occurs once,
 * because a list that changes while it is read may return one again. If the list fails, every stream reports that, and
 * the partitions that were found are read.
 */
async function* eachPartition(
  sessions: readonly StreamSession[],
  list: PartitionReading['list'],
): AsyncGenerator<Partition> {
  const seen = new Set<string>();
  let isWhole = true;
  const failed: Listing['failed'] = (where, error) => {
    const isGap = isShortList(error);
    isWhole &&= isGap;
    for (const session of sessions) {
      if (isGap) session.short([error], undefined);
      else session.fail(error, { key: where });
    }
  };
  try {
    const found = list({ failed });
    // A promise has the whole list, a generator returns it bit by bit.
    for await (const partition of Symbol.asyncIterator in found ? found : await found) {
      if (sessions.every(({ isOver }) => isOver)) return;
      if (seen.has(partition.key)) continue;
      seen.add(partition.key);
      yield partition;
    }
    // The gaps of the partition '' are forgotten when that partition was read.
    if (isWhole && !seen.has('')) for (const { gaps } of sessions) gaps.whole('');
  } catch (error) {
    // If nothing was passed on, everything may have been withheld.
    const isGap = isShortList(error) && seen.size > 0;
    for (const session of sessions) {
      if (isGap) session.short([error], undefined);
      else session.fail(error);
    }
  }
}
