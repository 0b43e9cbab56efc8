import type { Readable } from 'node:stream';
import { type AirbyteMessage, MessageReader, readLines, streamKey } from '@headrace/sdk/protocol';
import { asHeadraceError, DataError, type HeadraceError } from '@headrace/sdk/spec';
import type { AttemptPlan } from './attempt.ts';
import type { Origin } from './events.ts';
import { failureOf } from './failures.ts';
import { type Ledger, progressOf } from './ledger.ts';
import type { Ports } from './ports.ts';
import { createTally } from './tally.ts';

/** Takes what is wrong: with the whole, or with one stream. */
export type Fail = (origin: Origin, error: HeadraceError, stream?: string) => void;

const PROGRESS_MS = 200;

/** Reads what the source says between its records. */
export function listenToSource(plan: AttemptPlan, ledger: Ledger, ports: Ports, fail: Fail) {
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
export async function readEchoes(
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
