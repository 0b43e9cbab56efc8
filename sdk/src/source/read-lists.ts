import { isShortList, type ShortListError } from '../http/index.ts';
import type { Page } from '../protocol/page.ts';
import type { CursorEnv } from './cursor.ts';
import type { Partition } from './define.ts';
import type { Lane, OutputEnv } from './lane.ts';
import type { PageSlots } from './page-slots.ts';
import { readUnits, type Unit } from './units.ts';

/** What streams are read with. */
export interface ReadingEnv extends OutputEnv {
  readonly slots: PageSlots;
  readonly cursorEnv: CursorEnv;
  readonly now: () => number;
}

/** A list of records: one part of a partition's scan, read for one stream or for several that share it. */
export interface RecordList<L extends Lane> {
  /** Who takes the page slots. */
  readonly name: string;
  /** The streams that need it. */
  readonly lanes: readonly L[];
  /** How many pages are processed together. */
  readonly mostPages: number;
  /** Requests the list for these lanes, from where their parts are. */
  read(lanes: readonly L[]): AsyncIterable<Page>;
  /** Passes a unit to these lanes. What it throws fails all of them. */
  take(unit: Unit, lanes: readonly L[]): Promise<void>;
  /**
   * Called at the end of the list, for what it may have left out.
   * @param bring passes more pages to the lanes that are not over
   * @param short set if the list ended short of its total
   * @returns true if everything that the list left out is known to have come
   */
  complete?(
    bring: (pages: AsyncIterable<Page>) => Promise<void>,
    short: ShortListError | undefined,
  ): Promise<boolean>;
}

/**
 * Reads lists of a partition concurrently. This is the one read loop: `readStream` reads the parts of a cursor with it,
 * `readScan` the windows of a shared scan. A lane that fails keeps its position, and the others go on (invariant 4).
 * @param turns how many lists are read at the same time; absent: all of them
 */
export async function readLists<L extends Lane>(
  lists: readonly RecordList<L>[],
  partition: Partition,
  env: ReadingEnv,
  turns?: PageSlots,
): Promise<void> {
  const short = new Map<Lane, ShortListError>();
  const readOne = async (list: RecordList<L>): Promise<void> => {
    const { name, lanes } = list;
    try {
      await turns?.take(name);
      try {
        const error = await readList(list, partition, env);
        for (const lane of lanes) if (error && !lane.isOver) short.set(lane, error);
      } finally {
        turns?.give(name);
      }
    } catch (error) {
      for (const lane of lanes) failLane(lane, error, partition);
    }
  };
  await Promise.all(lists.map(readOne));
  endShort(short, partition);
}

/** Returns the error of a list that ended short of its total, if what it lacks has not come otherwise. */
async function readList<L extends Lane>(
  list: RecordList<L>,
  partition: Partition,
  { slots, signal, now }: ReadingEnv,
): Promise<ShortListError | undefined> {
  const { name, lanes, mostPages } = list;
  const isOpen = ({ isOver }: L): boolean => !isOver;
  let rows = 0;
  const bring = async (pages: AsyncIterable<Page>, to: readonly L[]): Promise<void> => {
    await readUnits(pages, { name, slots, mostPages, now, signal }, async (unit) => {
      for (const { count, unreadable } of unit.pages) rows += count + unreadable.length;
      await list.take(unit, to.filter(isOpen));
      return to.some(isOpen);
    });
  };
  let short: ShortListError | undefined;
  try {
    for (let to = lanes; to.length > 0; to = to.filter((lane) => isAskedAgain(lane, partition))) {
      await bring(list.read(to), to);
      if (!lanes.some(isOpen)) return undefined;
    }
  } catch (error) {
    // If the list had rows and none was passed on, they may all have been withheld.
    if (!isShortList(error) || (rows === 0 && error.rows > 0)) throw error;
    short = error;
  }
  const isCompleted = await list.complete?.((pages) => bring(pages, lanes), short);
  if (short && isCompleted !== true) return short;
  for (const lane of lanes.filter(isOpen)) {
    lane.part.finish();
    lane.session.states.moved(partition.key, lane.scan);
  }
  return undefined;
}

/** Whether the part needs the list once more, because what it returned cannot be relied upon. */
function isAskedAgain(lane: Lane, partition: Partition): boolean {
  try {
    return !lane.isOver && lane.part.again?.() === true;
  } catch (error) {
    failLane(lane, error, partition);
    return false;
  }
}

function failLane(lane: Lane, error: unknown, partition: Partition): void {
  if (!lane.isOver) lane.session.fail(error, partition);
  lane.isOver = true;
}

/** Lists that fell short: if they lack what they lacked in the last run, that is their end. */
function endShort(short: ReadonlyMap<Lane, ShortListError>, partition: Partition): void {
  for (const [session, lanes] of Map.groupBy(short.keys(), (lane) => lane.session)) {
    const errors = lanes.map((lane) => short.get(lane)!);
    const isKnown = session.short(errors, partition);
    for (const { part, scan } of lanes) {
      if (isKnown) part.finish();
      else part.fellShort?.();
      session.states.moved(partition.key, scan);
    }
  }
}

/**
 * All lists of a partition were read for a stream: reports what could not be read, and forgets gaps that were not
 * found again.
 * @param isFromStart the lists were read from their beginning, so a gap would have been found again
 */
export function endPartition(
  { session, unreadable }: Pick<Lane, 'session' | 'unreadable'>,
  lanes: readonly Lane[],
  partition: Partition,
  isFromStart = true,
): void {
  const isWhole = isFromStart && lanes.length > 0 && lanes.every(({ isOver }) => !isOver);
  if (isWhole) session.gaps.whole(partition.key);
  const error = unreadable.error();
  if (error) session.fail(error, partition);
}
