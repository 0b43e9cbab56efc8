import { asHeadraceError, type HeadraceError } from '../errors.ts';
import type { JsonObject } from '../protocol/messages.ts';
import type { Log } from '../runtime/log.ts';
import { missingPermission } from './catalog.ts';
import type { CursorEnv } from './cursor.ts';
import type { OpenStream, Partition } from './define.ts';
import { type Pacing, StatePacer } from './pacing.ts';
import type { StreamOutput } from './stream-output.ts';
import type { StreamState } from './stream-state.ts';

/** How one stream of a run is to be read. */
export interface StreamRun {
  readonly name: string;
  readonly stream: OpenStream;
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
  /** Every partition's failure, in their order; empty where the stream is complete or was interrupted. */
  readonly errors: readonly HeadraceError[];
}

/**
 * Reads one stream, partition by partition. A partition that fails keeps the state of its last whole page
 * and the others go on (invariant 4). Throws nothing but an error of the output.
 */
export async function readStream(run: StreamRun, env: StreamRunEnv): Promise<StreamOutcome> {
  const { output } = env;
  const partitions: Record<string, JsonObject> = { ...run.state.partitions };
  const errors: HeadraceError[] = [];
  const pacer = new StatePacer(env.pacing, env.now());
  const limited = run.limit !== undefined;

  const emitState = (states: Record<string, JsonObject>): void => {
    if (limited) return;
    pacer.left(env.now(), output.state({ ...run.state, partitions: states }));
  };
  const fail = (error: unknown, partition?: Partition): void => {
    if (env.signal.aborted) return;
    const known = asHeadraceError(error);
    errors.push(known);
    output.error(
      known,
      `${run.name}${partition?.key ? ` (${partition.key})` : ''}: ${known.message}${known.hint ? ` → ${known.hint}` : ''}`,
    );
  };

  async function readPartition(partition: Partition): Promise<void> {
    const scan = await run.stream.cursor?.(partition).open(partitions[partition.key], env.cursorEnv);
    const part = scan?.parts[0];
    let moved = false;
    try {
      for await (const page of run.stream.read(partition, part?.from)) {
        env.signal.throwIfAborted();
        const most = run.limit === undefined ? Number.POSITIVE_INFINITY : run.limit - output.total;
        pacer.wrote(output.page(page, part?.fresh(page), partition, most));
        part?.advance(page);
        moved = true;
        // Only here, between two whole pages, may a STATE stand (invariant 1).
        if (scan && pacer.due(env.now())) emitState({ ...partitions, [partition.key]: scan.state() });
        await env.ready();
        if (run.limit !== undefined && output.total >= run.limit) return;
      }
      part?.finish();
      moved = true;
    } finally {
      if (scan && moved) partitions[partition.key] = scan.state();
    }
  }

  try {
    const missing = await run.missingPermission();
    if (missing) throw missingPermission(run.name, missing);
    for (const partition of await run.stream.partitions()) {
      if (env.signal.aborted || (run.limit !== undefined && output.total >= run.limit)) break;
      try {
        await readPartition(partition);
      } catch (error) {
        fail(error, partition);
      }
    }
  } catch (error) {
    fail(error);
  }
  if (output.empty > 0) env.log.warn(`${run.name}: ${output.empty} empty objects were not sent`);
  const complete = errors.length === 0 && !env.signal.aborted && !limited;
  if (complete || run.stream.cursor) emitState(complete && run.full ? {} : partitions);
  if (!limited) output.status(complete ? 'COMPLETE' : 'INCOMPLETE');
  return { name: run.name, records: output.total, complete, errors };
}
