import { asHeadraceError, type HeadraceError } from '../errors.ts';
import type { Page } from '../protocol/page.ts';
import type { Log } from '../runtime/log.ts';
import { missingPermission } from './catalog.ts';
import type { CursorEnv, Scan, ScanPart } from './cursor.ts';
import { resumable } from './cursors/resumable.ts';
import type { OpenStream, Partition } from './define.ts';
import { EstimateTeller } from './estimate-teller.ts';
import { FailureTeller } from './failure-teller.ts';
import { type Pacing, StatePacer } from './pacing.ts';
import type { PageSlots } from './page-slots.ts';
import { eachPartition } from './partitions.ts';
import { readPart } from './read-part.ts';
import { sideBySide } from './side-by-side.ts';
import type { StreamOutput } from './stream-output.ts';
import type { StreamState } from './stream-state.ts';
import { StreamStates } from './stream-states.ts';

/** How one stream of a run is to be read. */
export interface StreamRun {
  readonly name: string;
  readonly stream: OpenStream;
  /** Streams that are read to their end before this one begins. */
  readonly after: readonly string[];
  /** The saved state; its partitions are carried on, seen in this run or not. */
  readonly state: StreamState;
  /** The catalog asks for the whole stream: its last state has no partitions. */
  readonly full: boolean;
  /** At most so many records, no state, no COMPLETE; undefined: all. */
  readonly limit?: number;
  readonly missingPermission: () => Promise<string | undefined>;
}

export interface StreamRunEnv {
  readonly output: StreamOutput;
  readonly slots: PageSlots;
  readonly ready: () => Promise<void> | undefined;
  readonly cursorEnv: CursorEnv;
  readonly pacing: Pacing;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What became of a stream. */
export interface StreamOutcome {
  readonly name: string;
  readonly records: number;
  readonly complete: boolean;
  /** The failures of its partitions; empty where the stream is complete or was interrupted. */
  readonly errors: readonly HeadraceError[];
}

/**
 * Reads one stream, its partitions side by side. A partition that fails keeps the state of its last whole
 * page and the others go on (invariant 4). Throws nothing but an error of the output.
 */
export async function readStream(run: StreamRun, env: StreamRunEnv): Promise<StreamOutcome> {
  const { output, signal } = env;
  const states = new StreamStates(run.state.partitions);
  const pacer = new StatePacer(env.pacing, env.now());
  const failures = new FailureTeller(run.name, output);
  const estimates = new EstimateTeller(output, env.now);
  const limited = run.limit !== undefined;
  let onlyAtEnd = false;
  const isEnough = (): boolean => run.limit !== undefined && output.total >= run.limit;

  const isOver = (): boolean => signal.aborted || isEnough();

  const fail = (error: unknown, partition?: Partition): void => {
    if (!signal.aborted) failures.add(asHeadraceError(error), partition?.key);
  };

  function emitState(complete: boolean): void {
    if (limited) return;
    const partitions = complete && run.full ? {} : states.now();
    // No partitions mean that the whole copy stands before the STATE: an unfinished one may not say so.
    if (!partitions || (!complete && Object.keys(partitions).length === 0)) return;
    pacer.left(env.now(), output.state({ ...run.state, partitions }));
  }

  async function readScanPart(
    partition: Partition,
    scan: Scan<unknown>,
    part: ScanPart<unknown>,
  ): Promise<void> {
    const write = (page: Page): boolean => {
      const most = run.limit === undefined ? Number.POSITIVE_INFINITY : run.limit - output.total;
      pacer.wrote(output.page(page, part.fresh(page), partition, most));
      part.advance(page);
      states.moved(partition.key, scan);
      // Only here, between two whole pages, may a STATE stand (invariant 1).
      if (!onlyAtEnd && pacer.due(env.now())) emitState(false);
      return !isEnough();
    };
    const bring = (pages: AsyncIterable<Page>): Promise<boolean> =>
      readPart(pages, run.name, env.slots, { ready: env.ready, write }, signal);
    if (!(await bring(run.stream.read(partition, part.from)))) return;
    if (part.missed && !(await bring(part.missed()))) return;
    part.finish();
    states.moved(partition.key, scan);
  }

  async function readPartition(partition: Partition): Promise<void> {
    const cursor = run.stream.cursor?.(partition) ?? resumable();
    onlyAtEnd ||= cursor.stateAtEnd === true;
    const scan = await cursor.open(states.saved(partition.key), { ...env.cursorEnv, full: run.full });
    estimates.opened(scan.estimate);
    const parts = await Promise.allSettled(scan.parts.map((part) => readScanPart(partition, scan, part)));
    states.closed(partition.key);
    for (const part of parts) if (part.status === 'rejected') fail(part.reason, partition);
  }

  try {
    const missing = await run.missingPermission();
    if (missing) throw missingPermission(run.name, missing);
    const partitions = estimates.listed(eachPartition(run.stream.partitions(), isOver));
    await sideBySide(partitions, env.slots.most, async (partition) => {
      if (isOver()) return;
      await readPartition(partition).catch((error: unknown) => fail(error, partition));
    });
  } catch (error) {
    fail(error);
  }
  failures.end();
  if (output.empty > 0) env.log.warn(`${run.name}: ${output.empty} empty objects were not sent`);
  const { errors } = failures;
  const complete = errors.length === 0 && !signal.aborted && !limited;
  emitState(complete);
  if (!limited) output.status(complete ? 'COMPLETE' : 'INCOMPLETE');
  return { name: run.name, records: output.total, complete, errors };
}
