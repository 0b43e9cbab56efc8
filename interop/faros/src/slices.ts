import { type Log, type Page, SystemError } from '@headrace/sdk';
import type { FarosConfig, FarosStream, JsonObject, SyncMode } from './cdk.ts';
import { asFarosError, isNonFatal, messageOf } from './errors.ts';
import { Batches } from './pages.ts';

/** How one stream is read. */
export interface SliceRun {
  readonly stream: FarosStream;
  readonly syncMode: SyncMode;
  readonly cursorField: string[] | undefined;
  /** A copy of its own: sources change it in place. */
  readonly state: JsonObject;
  readonly config: FarosConfig;
  readonly independent: boolean;
  readonly nonFatal: 'slice' | 'nothing';
  readonly log: Log;
  /** Milliseconds, see Batches. */
  readonly now: () => number;
  /** A page whose records the state accounts for, and all before them of this stream. */
  readonly onSafe: (page: Page, state: string) => void;
  /** Every slice was read: this state, JSON, accounts for all there was. */
  readonly onEnd: (state: string) => void;
}

/**
 * Reads a stream as the CDK does: slice by slice, the state handed from record to record and from slice to
 * slice. A state is safe after a whole slice and after each `stateCheckpointInterval` records of one; what a
 * failed slice changed in it is taken back (invariant 4). Where slices go on behind a failed one and are not
 * independent, no later state is safe: it may cover what the failed one did not bring.
 * @throws the error of the failed slices, after what could be read was yielded
 */
export async function* readSlices(run: SliceRun): AsyncGenerator<Page> {
  const { stream, syncMode, cursorField, config, log } = run;
  const interval = stream.stateCheckpointInterval;
  if (interval !== undefined && interval < 0) {
    throw new SystemError(`stateCheckpointInterval of ${stream.name} is ${interval}`, {
      code: 'faros.checkpoint_interval',
      place: stream.name,
    });
  }
  const most = config.max_slice_failures ?? 0;
  const batches = new Batches(run.now);
  const failures: Failure[] = [];
  let { state } = run;
  let isSafe = true;

  const mark = (): string => {
    const now = JSON.stringify(state);
    if (isSafe) batches.mark(now);
    return now;
  };

  function* send(all: boolean): Iterable<Page> {
    for (;;) {
      const batch = batches.take();
      if (!batch) return;
      if (batch.state !== undefined) run.onSafe(batch.page, batch.state);
      yield batch.page;
      if (!all) return;
    }
  }

  const slices = stream.streamSlices(syncMode, cursorField, state);
  await stream.onBeforeRead?.();
  for await (const slice of slices) {
    if (slice) log.debug(`${stream.name}: slice ${JSON.stringify(slice)}`);
    let safe = JSON.stringify(state);
    let count = 0;
    let unsafe = 0;
    try {
      for await (const record of stream.readRecords(syncMode, cursorField, slice, state)) {
        batches.add(record);
        count++;
        unsafe++;
        if (!config.backfill) state = stream.getUpdatedState(state, record, slice);
        if (interval && count % interval === 0) {
          safe = mark();
          unsafe = 0;
        }
        if (batches.isDue) yield* send(false);
      }
      if (count > 0) mark();
      yield* send(true);
    } catch (error) {
      const where = `${stream.name}${nameOf(slice)}`;
      if (isNonFatal(error) && run.nonFatal === 'nothing') {
        log.warn(`${where}: ${messageOf(error)}; the source says to go on`);
        if (count > 0) mark();
        yield* send(true);
        continue;
      }
      failures.push({ slice, error });
      yield* send(true);
      state = JSON.parse(safe) as JsonObject;
      isSafe &&= run.independent;
      const goesOn = run.independent || isNonFatal(error) || most !== 0;
      if (!slice || !goesOn || (most > 0 && failures.length > most)) break;
      log.error(`${where}: ${messageOf(error)}; the other slices go on`);
      if (unsafe > 0) log.warn(`${where}: ${unsafe} records of it will be sent again`);
    }
  }
  if (failures.length === 0) {
    await stream.onAfterRead?.();
    return run.onEnd(JSON.stringify(state));
  }
  // The slices' failure is what counts; the stream may still put away what it opened.
  await stream.onAfterRead?.().catch((error: unknown) => log.warn(`${stream.name}: ${messageOf(error)}`));
  throw combined(failures);
}

interface Failure {
  readonly slice: JsonObject | undefined;
  readonly error: unknown;
}

function combined(failures: readonly Failure[]): Error {
  const { slice, error } = failures[0]!;
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more slices failed)` : '';
  return asFarosError(error, `${nameOf(slice).trim()}${more}`);
}

const nameOf = (slice: JsonObject | undefined): string => (slice ? ` slice ${JSON.stringify(slice)}` : '');
