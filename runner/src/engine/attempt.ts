import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import {
  type AirbyteMessage,
  type JsonObject,
  MessageReader,
  readLines,
  streamKey,
} from '@headrace/sdk/protocol';
import { asHeadraceError, DataError, type HeadraceError, TransientError } from '@headrace/sdk/spec';
import type { ConfiguredCatalog, ConnectorProcess, Exit } from './connector.ts';
import type { Origin } from './events.ts';
import { failureOf } from './failures.ts';
import { type Committed, createLedger, type Ledger, progressOf, type StreamAccount } from './ledger.ts';
import type { Interrupt, Ports } from './ports.ts';
import type { PreparedJob } from './prepare.ts';
import { pump } from './pump.ts';
import { watch } from './supervise.ts';
import { createTally } from './tally.ts';

/** What one attempt is to do. */
export interface AttemptPlan {
  readonly job: PreparedJob;
  readonly catalog: ConfiguredCatalog;
  readonly states: string | undefined;
  readonly timeoutMs: number | undefined;
  /** An echoed state that may be kept; where the destination keeps its own, nobody has to. */
  readonly keep: ((committed: Committed) => void) | undefined;
}

/** What one attempt came to. */
export interface AttemptResult {
  readonly accounts: readonly StreamAccount[];
  /** What is wrong with the whole, not with one stream. */
  readonly failures: ReadonlyArray<{ readonly origin: Origin; readonly error: HeadraceError }>;
  readonly sourceExit: Exit;
  readonly destinationExit: Exit;
  /** Whether the source speaks of its streams' status at all. */
  readonly hasStatuses: boolean;
  /** We asked the source to end: that it did not end well is no news. */
  readonly stopped: boolean;
}

const PROGRESS_MS = 200;

/** Source → destination, once, until both have ended. Throws only where one of them cannot be started. */
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
    // A count that differs stands in its stream's account.
    if (!ledger.accounts.some(({ mismatch }) => mismatch === error)) failures.push({ origin, error });
    ports.emit({ type: 'error', origin, error, stream });
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
      catalog,
      states: plan.states,
      statesByPipe: job.ourSource,
      onLog: onLog('source'),
    });
    const guard = watch(source, destination, plan.timeoutMs, ports, interrupt);
    try {
      const listener = listenToSource(plan, ledger, ports, fail);
      const echoes = readEchoes(destination.stdout, plan, ledger, ports, fail, listener.progress);
      echoes.catch(() => guard.stopSource('the answers of the destination cannot be read'));
      const closed = () => guard.stopSource('the destination takes no more');
      const pumped = await pump(
        source.stdout,
        destination.stdin,
        listener.tally,
        closed,
        listener.progress,
      ).catch((error: unknown) => {
        guard.stopSource('its output cannot be read');
        throw error;
      });
      guard.sourceSilent();
      const sourceExit = await source.exited;
      await listener.settled();
      if (pumped.cut)
        fail('source', new DataError('the last line of the source is cut', { code: 'pipe.line_cut' }));
      if (sourceExit.code !== 0 || pumped.cut) sayIncomplete(destination, ledger, ports.clock.now());
      destination.stdin.end();
      guard.destinationClosing();
      await echoes;
      const destinationExit = await destination.exited;
      if (guard.timedOut())
        fail(
          'runner',
          new TransientError('the attempt took longer than timeout_minutes', { code: 'run.timeout' }),
        );
      listener.progress(true);
      return {
        accounts: ledger.accounts,
        failures,
        sourceExit,
        destinationExit,
        hasStatuses: listener.hasStatuses(),
        stopped: guard.stopped(),
      };
    } finally {
      guard.end();
    }
  } finally {
    source?.kill();
    destination.kill();
  }
}

type Fail = (origin: Origin, error: HeadraceError, stream?: string) => void;

/** Reads what the source says between its records. */
function listenToSource(plan: AttemptPlan, ledger: Ledger, ports: Ports, fail: Fail) {
  let rotated = Promise.resolve();
  const strangers = new Map<string, { records: number; bytes: number }>();
  let statuses = false;
  let shown = 0;

  function onMessage(message: AirbyteMessage): boolean {
    switch (message.type) {
      case 'STATE':
        for (const error of ledger.passed(message.state)) fail('source', error);
        return true;
      case 'TRACE':
        if (message.trace?.type === 'STREAM_STATUS') statuses = true;
        onTrace(message, 'source', ledger, ports, fail);
        return true;
      case 'CONTROL':
        // At once, and never to the destination: it carries a secret (invariant 6).
        // One after the other: the last one has to stay.
        rotated = rotated
          .then(() => plan.job.source.rotate(message.control.connectorConfig.config))
          .catch((error: unknown) => fail('runner', asHeadraceError(error)));
        return false;
      case 'LOG':
        ports.emit({ type: 'log', origin: 'source', level: message.log.level, message: message.log.message });
        return false;
      default:
        return false;
    }
  }

  const tally = createTally({
    counterOf(name, namespace) {
      const known = ledger.account({ name, namespace });
      if (known) return known;
      const key = streamKey({ name, namespace });
      const stranger = strangers.get(key) ?? { records: 0, bytes: 0 };
      if (!strangers.has(key))
        fail(
          'source',
          new DataError(`the source sends records of ${name}, which the catalog does not have`, {
            code: 'pipe.unknown_stream',
          }),
        );
      strangers.set(key, stranger);
      return stranger;
    },
    onMessage,
    onForeign: (line, reason) =>
      ports.emit({
        type: 'log',
        origin: 'source',
        level: 'WARN',
        message: `${reason}: ${line.toString('utf8', 0, 300)}`,
      }),
  });
  return {
    tally,
    hasStatuses: () => statuses,
    settled: () => rotated,
    progress(now = false) {
      const at = ports.clock.now();
      if (now !== true && at - shown < PROGRESS_MS) return;
      shown = at;
      ports.emit({ type: 'progress', streams: ledger.accounts.map(progressOf), at });
    },
  };
}

/** Reads what the destination says: echoes above all. */
async function readEchoes(
  stdout: Readable,
  plan: AttemptPlan,
  ledger: Ledger,
  ports: Ports,
  fail: Fail,
  progress: () => void,
): Promise<void> {
  const reader = new MessageReader();
  for await (const batch of readLines(stdout)) {
    for (let k = 0; k < batch.ends.length; k++) {
      const line = reader.line(batch, k);
      if (line.kind === 'foreign')
        ports.emit({
          type: 'log',
          origin: 'destination',
          level: 'INFO',
          message: line.line.toString('utf8', 0, 300),
        });
      if (line.kind !== 'message') continue;
      const { message } = line;
      if (message.type === 'LOG')
        ports.emit({
          type: 'log',
          origin: 'destination',
          level: message.log.level,
          message: message.log.message,
        });
      else if (message.type === 'CONTROL')
        await plan.job.destination.rotate(message.control.connectorConfig.config);
      else if (message.type === 'TRACE') onTrace(message, 'destination', ledger, ports, fail);
      else if (message.type === 'STATE') {
        const { committed, errors } = ledger.echoed(message.state);
        for (const error of errors) fail('destination', error);
        // Invariant 3: a state is kept only after its echo.
        if (committed) plan.keep?.(committed);
        progress();
      }
    }
  }
}

function onTrace(
  message: AirbyteMessage & { type: 'TRACE' },
  origin: Origin,
  ledger: Ledger,
  ports: Ports,
  fail: Fail,
): void {
  const { trace } = message;
  if (trace?.type === 'ERROR') {
    const account = trace.error.stream_descriptor && ledger.account(trace.error.stream_descriptor);
    const error = failureOf(trace.error);
    if (account) account.failure ??= error;
    if (account) ports.emit({ type: 'error', origin, error, stream: account.name });
    else fail(origin, error);
  } else if (trace?.type === 'STREAM_STATUS' && origin === 'source') {
    const { stream_descriptor, status, reasons } = trace.stream_status;
    const account = ledger.account(stream_descriptor);
    if (!account) return;
    account.status = status;
    account.rateLimitedUntil = reasons?.find(
      (reason) => reason.type === 'RATE_LIMITED',
    )?.rate_limited.quota_reset;
  } else if (trace?.type === 'ESTIMATE' && trace.estimate.type === 'STREAM') {
    const account = ledger.account({ name: trace.estimate.name, namespace: trace.estimate.namespace });
    if (account) account.estimate = trace.estimate.row_estimate;
  }
}

/**
 * A source that died has not said which streams it leaves unfinished; a destination finalizes at its end
 * what never had a status, so it is told here.
 */
function sayIncomplete(destination: ConnectorProcess, ledger: Ledger, emitted_at: number): void {
  for (const { name, namespace, status } of ledger.accounts) {
    if (status === 'COMPLETE' || status === 'INCOMPLETE') continue;
    const stream_descriptor: JsonObject = namespace === undefined ? { name } : { name, namespace };
    const trace = {
      type: 'STREAM_STATUS',
      emitted_at,
      stream_status: { stream_descriptor, status: 'INCOMPLETE' },
    };
    destination.stdin.write(Buffer.from(`${JSON.stringify({ type: 'TRACE', trace })}\n`));
  }
}
