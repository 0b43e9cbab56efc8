import { Buffer } from 'node:buffer';
import { type JsonObject, streamKey } from '@headrace/sdk/protocol';
import { DataError, type HeadraceError, TransientError } from '@headrace/sdk/spec';
import type { ConfiguredCatalog, ConnectorProcess, Exit } from './connector.ts';
import type { Origin } from './events.ts';
import { errorData } from './failures.ts';
import { type Committed, createLedger, type StreamAccount } from './ledger.ts';
import { type Fail, listenToSource, readEchoes } from './listen.ts';
import type { Interrupt, Ports, Quarantine } from './ports.ts';
import type { PreparedJob } from './prepare.ts';
import { pump } from './pump.ts';
import { watch } from './supervise.ts';

/** The input of one attempt. */
export interface AttemptPlan {
  readonly job: PreparedJob;
  readonly catalog: ConfiguredCatalog;
  readonly states: string | undefined;
  readonly timeoutMs: number | undefined;
  /** The longest time in which nothing may move. */
  readonly stallMs: number;
  /** For lines that carry data but cannot be read. */
  readonly quarantine: Quarantine;
  /** Saves an echoed state. Undefined if the destination keeps the states itself. */
  readonly keep: ((committed: Committed) => void) | undefined;
}

/** The result of one attempt. */
export interface AttemptResult {
  readonly accounts: readonly StreamAccount[];
  /** Errors of the whole attempt, not of one stream. */
  readonly failures: ReadonlyArray<{ readonly origin: Origin; readonly error: HeadraceError }>;
  readonly sourceExit: Exit;
  readonly destinationExit: Exit;
  /** The destination is made with our SDK, so it exits with 1 if a stream is unfinished. */
  readonly ourDestination: boolean;
  /** Whether the source sends statuses of its streams. */
  readonly hasStatuses: boolean;
  /** We asked the source to stop, so a bad exit is expected. */
  readonly stopped: boolean;
  /** The destination stopped reading before the source had ended. */
  readonly leftEarly: boolean;
  /** Its output ended in the middle of a line, or we closed it while another program held it open. Data may be missing. */
  readonly cutOff: boolean;
}

/** At most this many failures are kept (invariant 8). */
const MOST_FAILURES = 100;

/** Source → destination, once, until both have ended. Throws only if one of them cannot be started. */
export async function runAttempt(
  plan: AttemptPlan,
  ports: Ports,
  interrupt: Interrupt,
): Promise<AttemptResult> {
  const { job, catalog } = plan;
  const ledger = createLedger(
    catalog.streams.map(({ stream }) => ({ name: stream.name, namespace: stream.namespace })),
  );
  const failures: Array<{ origin: Origin; error: HeadraceError }> = [];
  const fail = (origin: Origin, error: HeadraceError, stream?: string) => {
    // A count mismatch is kept in its stream's account.
    if (!ledger.owns(error) && failures.length < MOST_FAILURES) failures.push({ origin, error });
    ports.emit({ type: 'error', error: errorData(error, origin, stream) });
  };
  const onLog = (origin: Origin) => (level: 'INFO', message: string) =>
    ports.emit({ type: 'log', origin, level, message });

  const destination = await job.destination.connector.write({
    config: job.destination.config,
    catalog,
    onLog: onLog('destination'),
  });
  let source: ConnectorProcess | undefined;
  try {
    source = await job.source.connector.read({
      config: job.source.config,
      env: job.source.env,
      catalog,
      states: plan.states,
      statesByPipe: job.ourSource,
      onLog: onLog('source'),
    });
    const limits = {
      timeoutMs: plan.timeoutMs,
      stallMs: plan.stallMs,
      throttledUntil: () => throttledUntil(ledger.accounts),
    };
    const guard = watch(source, destination, limits, ports, interrupt);
    try {
      const listener = listenToSource(plan, ledger, ports, fail);
      const echoes = readEchoes(destination, plan, ledger, ports, fail, listener.progress, guard.moved);
      echoes.catch(() => guard.stopSource('the answers of the destination cannot be read'));
      let leftEarly = false;
      const pumped = await pump(source.stdout, destination.stdin, listener.tally, {
        onClosed: () => {
          leftEarly = true;
          guard.stopSource('the destination takes no more');
        },
        onChunk: listener.progress,
        onMoved: guard.moved,
      }).catch((error: unknown) => {
        guard.stopSource('its output cannot be read');
        throw error;
      });
      guard.sourceSilent();
      const sourceExit = await source.exited;
      await listener.settled();
      const cutOff = source.isCutOff();
      if (pumped.cut)
        fail('source', new DataError('the last line of the source is cut', { code: 'pipe.line_cut' }));
      if (cutOff) sayCutOff(ports, fail, ledger.accounts);
      const brokeOff = sourceExit.code !== 0 || pumped.cut || cutOff || listener.hasFailed();
      const last = lastWords(plan, ledger.accounts, brokeOff, ports.clock.now());
      if (last.length === 0 && !pumped.hasPassed) last.push(nothingToSay(ports.clock.now()));
      for (const message of last) destination.stdin.write(Buffer.from(`${JSON.stringify(message)}\n`));
      destination.stdin.end();
      guard.destinationClosing();
      await echoes;
      const destinationExit = await destination.exited;
      // A source that had sent everything was only held up by a program that it left behind.
      const isWhole = ledger.accounts.every(({ status }) => status === 'COMPLETE');
      if (guard.timedOut() && !isWhole)
        fail(
          'runner',
          new TransientError('the attempt took longer than timeout_minutes', { code: 'run.timeout' }),
        );
      if (guard.stalled() && !isWhole) fail('runner', stalledFor(plan.stallMs));
      if (destinationExit.code === 0) countStored(ledger.accounts, sourceExit.code === 0 && !cutOff);
      listener.progress(true);
      return {
        accounts: ledger.accounts,
        failures,
        sourceExit,
        destinationExit,
        ourDestination: job.ourDestination,
        hasStatuses: listener.hasStatuses(),
        stopped: guard.stopped(),
        leftEarly,
        cutOff: cutOff || pumped.cut,
      };
    } finally {
      guard.end();
    }
  } finally {
    source?.kill();
    destination.kill();
  }
}

/**
 * INCOMPLETE for each stream that the destination must not finalize. At its end it finalizes every stream that never had
 * a status. That would be wrong if the source failed, died or was cut off; if a state was withheld, because what follows
 * the last good state is read again and would be stored twice; and if a line of an overwritten stream is missing, because
 * the copy must not replace the one before. Other streams get nothing.
 */
function lastWords(
  { catalog }: AttemptPlan,
  accounts: readonly StreamAccount[],
  brokeOff: boolean,
  emitted_at: number,
): JsonObject[] {
  const replaces = new Set(
    catalog.streams
      .filter((one) => one.destination_sync_mode === 'overwrite')
      .map(({ stream }) => streamKey(stream)),
  );
  return accounts
    .filter(({ status }) => status !== 'COMPLETE' && status !== 'INCOMPLETE')
    .filter(
      (one) =>
        brokeOff || one.failure || one.mismatch || (one.unreadable > 0 && replaces.has(streamKey(one))),
    )
    .map(({ name, namespace }) => {
      const stream_descriptor = namespace === undefined ? { name } : { name, namespace };
      const stream_status = { stream_descriptor, status: 'INCOMPLETE' };
      return { type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at, stream_status } };
    });
}

/** If a stream has no states, its records are stored once the destination exits with 0. */
function countStored(accounts: readonly StreamAccount[], sourceOk: boolean): void {
  for (const one of accounts)
    if (
      one.states === 0 &&
      !one.mismatch &&
      (one.status === 'COMPLETE' || (one.status === 'WAITING' && sourceOk))
    )
      one.committed = one.records;
}

/** A destination takes an input without messages for a failed source. This message says that the source did not fail. */
function nothingToSay(emitted_at: number): JsonObject {
  const analytics = { type: 'nothing_to_say', value: 'the source ended well without a message' };
  return { type: 'TRACE', trace: { type: 'ANALYTICS', emitted_at, analytics } };
}

/** Until when the vendor throttles us: the latest time that the source gave for a stream, or 0. */
function throttledUntil(accounts: readonly StreamAccount[]): number {
  let last = 0;
  for (const { rateLimitedUntil } of accounts)
    if (typeof rateLimitedUntil === 'number' && rateLimitedUntil > last) last = rateLimitedUntil;
  return last;
}

function stalledFor(ms: number): TransientError {
  return new TransientError(`nothing has moved for ${Math.round(ms / 60_000)} minutes`, {
    code: 'run.stalled',
    hint: 'the log shows what the source was doing; stall_minutes of the job sets the limit',
  });
}

function sayCutOff(ports: Ports, fail: Fail, accounts: readonly StreamAccount[]): void {
  const what = 'the source has ended, and a program that it started still holds its output open';
  if (accounts.every(({ status }) => status === 'COMPLETE')) {
    const message = `${what}: it was closed after the last COMPLETE`;
    ports.emit({ type: 'log', origin: 'runner', level: 'WARN', message });
    return;
  }
  const hint = 'make the source wait for the programs that it starts, or close their output (>&-)';
  fail('source', new TransientError(what, { code: 'pipe.held_open', hint }));
}
