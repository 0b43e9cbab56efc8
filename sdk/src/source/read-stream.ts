import type { Page } from '../protocol/page.ts';
import { missingPermission } from './catalog.ts';
import type { CursorEnv, Scan, ScanPart } from './cursor.ts';
import { resumable } from './cursors/resumable.ts';
import type { Listing, OpenStream, Partition } from './define.ts';
import type { PageSlots } from './page-slots.ts';
import { eachPartition } from './partitions.ts';
import { readPart } from './read-part.ts';
import { sideBySide } from './side-by-side.ts';
import type { StreamSession } from './stream-session.ts';

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

  async function readScanPart(
    partition: Partition,
    scan: Scan<unknown>,
    part: ScanPart<unknown>,
  ): Promise<void> {
    const write = (page: Page): boolean => {
      session.write(page, part.fresh(page), partition);
      part.advance(page);
      states.moved(partition.key, scan);
      // Only here, between two whole pages, may a STATE stand (invariant 1).
      session.betweenUnits();
      return !session.isEnough;
    };
    const bring = (pages: AsyncIterable<Page>): Promise<boolean> =>
      readPart(pages, run.name, env.slots, { ready: env.ready, write }, env.signal);
    if (!(await bring(stream.read(partition, part.from, session.owe)))) return;
    if (part.missed && !(await bring(part.missed()))) return;
    part.finish();
    states.moved(partition.key, scan);
  }

  async function readPartition(partition: Partition): Promise<void> {
    const cursor = stream.cursor?.(partition) ?? resumable();
    session.onlyAtEnd ||= cursor.stateAtEnd === true;
    const scan = await cursor.open(states.saved(partition.key), { ...env.cursorEnv, full: run.full });
    session.estimates.opened(scan.estimate);
    const parts = await Promise.allSettled(scan.parts.map((part) => readScanPart(partition, scan, part)));
    states.closed(partition.key);
    for (const part of parts) if (part.status === 'rejected') session.fail(part.reason, partition);
  }

  try {
    const missing = await run.missingPermission();
    if (missing) throw missingPermission(run.name, missing);
    const listing: Listing = { failed: (where, error) => session.fail(error, { key: where }) };
    const partitions = session.estimates.listed(
      eachPartition(stream.partitions(run.state.partitions, listing), () => session.isOver),
    );
    await sideBySide(partitions, env.slots.most, async (partition) => {
      if (session.isOver) return;
      await readPartition(partition).catch((error: unknown) => session.fail(error, partition));
    });
  } catch (error) {
    session.fail(error);
  }
}
