import { type Log, type Page, SystemError } from '@headrace/sdk';
import type { FarosConfig, FarosStream, JsonObject, SyncMode } from './cdk.ts';
import { asFarosError, isNonFatal, messageOf } from './errors.ts';
import { Batches } from './pages.ts';

/** How to read one stream. */
export interface SliceRun {
  readonly stream: FarosStream;
  readonly syncMode: SyncMode;
  readonly cursorField: string[] | undefined;
  /** A private copy, because sources change it in place. */
  readonly state: JsonObject;
  readonly config: FarosConfig;
  readonly independent: boolean;
  readonly nonFatal: 'slice' | 'nothing';
  readonly log: Log;
  /** Milliseconds; see Batches. */
  readonly now: () => number;
  /** Called with a page and the state that accounts for all records of the stream up to its end. */
  readonly onSafe: (page: Page, state: string) => void;
  /** Called when every slice was read. `state` (JSON) accounts for all records. */
  readonly onEnd: (state: string) => void;
}

/**
 * Reads a stream slice by slice, as the CDK does. The state passes from record to record and from slice to slice. It
 * is safe after a whole slice, and after each `stateCheckpointInterval` records of one. If a slice fails, its unsafe
 * changes to the state are undone (invariant 4). If the remaining slices are read anyway and are not independent, no
 * later state is safe, because it may cover records that the failed slice did not return.
 * @throws the error of the failed slices, after yielding everything that could be read
 */
export async function* readSlices(run: SliceRun): AsyncGenerator<Page> {
  const { stream, syncMode, cursorField, config, log } = run;
  const interval = stream.stateCheckpointInterval;
  if (interval !== undefined && interval < 0) {
    throw new SystemError(`stateCheckpointInterval of ${stream.name} must not be negative: ${interval}`, {
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
        log.warn(`${where}: ${messageOf(error)}; continuing, because the source says so`);
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
      log.error(`${where}: ${messageOf(error)}; continuing with the other slices`);
      if (unsafe > 0) log.warn(`${where}: ${unsafe} of its records will be sent again`);
    }
  }
  if (failures.length === 0) {
    await stream.onAfterRead?.();
    return run.onEnd(JSON.stringify(state));
  }
  // Report the failure of the slices, but let the stream clean up first.
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
