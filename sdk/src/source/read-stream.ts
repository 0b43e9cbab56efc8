import { isShortList, type ShortListError } from '../http/index.ts';
import type { Page } from '../protocol/page.ts';
import { missingPermission } from './catalog.ts';
import type { CursorEnv, Scan, ScanPart } from './cursor.ts';
import { resumable } from './cursors/resumable.ts';
import type { OpenStream, Partition } from './define.ts';
import type { PageSlots } from './page-slots.ts';
import { eachPartition } from './partitions.ts';
import { readPart } from './read-part.ts';
import { sideBySide } from './side-by-side.ts';
import type { StreamSession } from './stream-session.ts';
import { Unreadable, unreadableError } from './unreadable.ts';

/** What streams are read with. */
export interface ReadingEnv {
  readonly slots: PageSlots;
  /** Undefined, or a promise to await before more is written: the reader of our output is slow. */
  readonly ready: () => Promise<void> | undefined;
  readonly cursorEnv: CursorEnv;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/**
 * Reads one stream, its partitions side by side. A partition that fails keeps the state of its last whole
 * page and the others go on (invariant 4). Throws nothing but an error of the output.
 */
export async function readStream(session: StreamSession, stream: OpenStream, env: ReadingEnv): Promise<void> {
  const { run, states } = session;
  const happened = new Set<string>();
  /** Partitions of a full refresh that were done before this run. */
  const skipped: string[] = [];
  const cursorEnv: CursorEnv = {
    ...env.cursorEnv,
    full: run.full,
    isFirst: (what) => !happened.has(what) && happened.add(what) !== undefined,
    passOn: (partition, id) => states.sent(partition, id),
  };

  /** Resolves to what the part's list fell short with, once all that it brought was written. */
  async function readScanPart(
    partition: Partition,
    scan: Scan<unknown>,
    part: ScanPart<unknown>,
    owed: Unreadable,
  ): Promise<ShortListError | undefined> {
    let pages = 0;
    const write = (page: Page): boolean => {
      pages++;
      const { unreadable, because } = page;
      if (unreadable.length > 0 && !part.owe) throw unreadableError(unreadable, because);
      session.write(page, part.fresh(page), partition);
      if (unreadable.length > 0) {
        part.owe!(unreadable);
        owed.add(unreadable, because);
      }
      part.advance(page);
      states.moved(partition.key, scan);
      // Only here, between two whole pages, may a STATE stand (invariant 1).
      session.betweenUnits();
      return !session.isEnough;
    };
    const bring = (from: AsyncIterable<Page>): Promise<boolean> =>
      readPart(from, run.name, env.slots, { ready: env.ready, write }, env.signal);
    let short: ShortListError | undefined;
    try {
      do {
        const from = part.pages?.() ?? stream.read(partition, part.from, session.owe);
        if (!(await bring(from))) return;
      } while (part.again?.());
    } catch (error) {
      // Where rows came and no page was handed on, nothing shows that they were not kept back.
      if (!isShortList(error) || (pages === 0 && error.rows > 0)) throw error;
      short = error;
    }
    if (part.missed) {
      if (!(await bring(part.missed()))) return;
      // A count and a list of ids have said what the list lacked, and brought it.
      short = undefined;
    }
    if (!short) {
      part.finish();
      states.moved(partition.key, scan);
    }
    return short;
  }

  /** Parts whose lists fell short: as the last run found them, that is their end. */
  function endShort(
    partition: Partition,
    scan: Scan<unknown>,
    parts: ReadonlyMap<ScanPart<unknown>, ShortListError>,
  ): void {
    const isKnown = session.short([...parts.values()], partition);
    for (const part of parts.keys()) {
      if (isKnown) part.finish();
      else part.fellShort?.();
    }
    states.moved(partition.key, scan);
  }

  async function readPartition(partition: Partition): Promise<void> {
    const cursor = stream.cursor?.(partition) ?? resumable();
    session.onlyAtEnd ||= cursor.stateAtEnd === true;
    const saved = states.saved(partition.key);
    const scan = await cursor.open(saved, cursorEnv);
    session.estimates.opened(scan.estimate);
    if (!stream.cursor && scan.parts.length === 0) skipped.push(partition.key);
    const short = new Map<ScanPart<unknown>, ShortListError>();
    const owed = new Unreadable();
    const parts = await Promise.allSettled(
      scan.parts.map(async (part) => {
        const error = await readScanPart(partition, scan, part, owed);
        if (error) short.set(part, error);
      }),
    );
    if (short.size > 0) endShort(partition, scan, short);
    states.closed(partition.key);
    for (const part of parts) if (part.status === 'rejected') session.fail(part.reason, partition);
    const unreadable = owed.error();
    if (unreadable) session.fail(unreadable, partition);
    // A stream that is read whole and goes on inside it does not see what fell short before.
    const isFromStart = !run.full || saved === undefined || !stream.cursor;
    if (parts.length > 0 && isFromStart && parts.every(({ status }) => status === 'fulfilled'))
      session.gaps.whole(partition.key);
  }

  try {
    const missing = await run.missingPermission();
    if (missing) throw missingPermission(run.name, missing);
    const partitions = session.estimates.listed(
      eachPartition([session], (listing) => stream.partitions(run.state.partitions, listing)),
    );
    await sideBySide(partitions, env.slots.most, async (partition) => {
      if (session.isOver) return;
      await readPartition(partition).catch((error: unknown) => session.fail(error, partition));
    });
    // What fails in every run must not keep the others as they once were: they are passed over by one run only.
    if (session.hasFailed) for (const key of skipped) states.again(key);
  } catch (error) {
    session.fail(error);
  }
}
