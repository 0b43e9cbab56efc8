import {
  type AirbyteMessage,
  excerptOf,
  type ForeignLine,
  type OtherLine,
  type Secrets,
  type StateLine,
  type StatusTrace,
  streamKey,
  type UnreadableLine,
} from '@headrace/sdk/protocol';
import { asHeadraceError, DataError, type HeadraceError } from '@headrace/sdk/spec';
import type { AttemptPlan } from './attempt.ts';
import type { ConnectorProcess } from './connector.ts';
import type { Origin } from './events.ts';
import { errorData, failureOf, inJob, unreadableError } from './failures.ts';
import { isSpoilt, type Ledger, progressOf, type StreamAccount } from './ledger.ts';
import { configIn } from './numbers.ts';
import type { Ports } from './ports.ts';
import { readMessages } from './read-messages.ts';
import { createTally } from './tally.ts';

/** Reports an error of the run, or of one stream. */
export type Fail = (origin: Origin, error: HeadraceError, stream?: string) => void;

const MOST_STRANGERS = 100;
const PROGRESS_MS = 200;

/** Handles the source's messages other than records. */
export function listenToSource(plan: AttemptPlan, ledger: Ledger, ports: Ports, fail: Fail) {
  let rotated = Promise.resolve();
  const strangers = new Map<string, { records: number; bytes: number }>();
  const others = { records: 0, bytes: 0 };
  let statuses = false;
  let failed = false;
  let shown = 0;

  function onState(state: StateLine): boolean | Buffer {
    const { line, errors } = ledger.passed(state);
    for (const error of errors) fail('source', error);
    // The lines that this state skips must be durable before it is passed on (invariants 3 and 5).
    plan.quarantine.sync();
    return line === state.bytes || (line ?? false);
  }

  function onMessage({ message, line }: OtherLine): boolean | Buffer {
    switch (message.type) {
      case 'TRACE':
        if (message.trace.type === 'STREAM_STATUS') statuses = true;
        if (message.trace.type === 'ERROR' && !message.trace.error.stream_descriptor) failed = true;
        onTrace(message, 'source', plan, ledger, ports, fail);
        return asFarAsTrue(message, ledger);
      case 'CONTROL': {
        const config = configIn(line);
        // Stored at once and never passed to the destination, because it carries a secret (invariant 6). Stored in order,
        // because the last one must win.
        rotated = rotated
          .then(() => plan.job.source.rotate(config))
          .catch((error: unknown) => fail('runner', asHeadraceError(error)));
        return false;
      }
      case 'LOG':
        ports.emit({ type: 'log', origin: 'source', level: message.log.level, message: message.log.message });
        return false;
      default:
        return false;
    }
  }

  function onUnreadable(line: UnreadableLine): void {
    if (!line.lost) {
      ports.emit(strangeLine('source', line, ports.secrets));
      return;
    }
    const { stream, isFirst } = ledger.unreadable(line, line.lost);
    const { name, namespace } = stream ?? {};
    plan.quarantine.add(name === undefined ? undefined : { name, namespace }, line);
    const error = unreadableError(stream?.name, line.reason, plan.quarantine.path);
    if (stream) stream.quarantine = plan.quarantine.path;
    if (stream && isFirst) ports.emit({ type: 'error', error: errorData(error, 'source', name) });
    else if (isFirst) fail('source', error);
  }

  const handlers = {
    counterOf(name: string, namespace: string | undefined) {
      const known = ledger.account({ name, namespace });
      if (known) return known;
      // Beyond this number, names are not kept (invariant 8).
      if (strangers.size === MOST_STRANGERS) return others;
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
    onMessage: (line: OtherLine | { kind: 'state'; state: StateLine }) =>
      line.kind === 'state' ? onState(line.state) : onMessage(line),
    onUnreadable,
    onForeign: (line: ForeignLine) => ports.emit(strangeLine('source', line, ports.secrets)),
  };
  const tally = createTally(handlers, { trusted: plan.job.ourSource });
  return {
    tally,
    hasStatuses: () => statuses,
    /** The source reported an error that belongs to no stream. */
    hasFailed: () => failed,
    settled: () => rotated,
    progress(now = false) {
      const at = ports.clock.now();
      if (now !== true && at - shown < PROGRESS_MS) return;
      shown = at;
      ports.emit({ type: 'progress', streams: ledger.accounts.map(progressOf), at });
    },
  };
}

/** Reads the destination's messages, mainly echoes. `heard` is called for each line. */
export async function readEchoes(
  destination: ConnectorProcess,
  plan: AttemptPlan,
  ledger: Ledger,
  ports: Ports,
  fail: Fail,
  progress: () => void,
  heard: () => void,
): Promise<void> {
  await readMessages(destination, 'the destination', async (line) => {
    heard();
    if (line.kind === 'foreign' || line.kind === 'unreadable')
      ports.emit(strangeLine('destination', line, ports.secrets));
    else if (line.kind === 'state') {
      const { committed, errors } = ledger.echoed(line.state);
      for (const error of errors) fail('destination', error);
      // Invariant 3: a state is kept only after its echo.
      if (committed) plan.keep?.(committed);
      progress();
    } else if (line.kind === 'message') {
      const { message } = line;
      if (message.type === 'LOG') ports.emit({ type: 'log', origin: 'destination', ...message.log });
      else if (message.type === 'CONTROL') await plan.job.destination.rotate(configIn(line.line));
      else if (message.type === 'TRACE') onTrace(message, 'destination', plan, ledger, ports, fail);
    }
  });
}

/** A line that is not a message, as a log entry. It is a warning for a source, whose stdout is for messages only. */
function strangeLine(origin: 'source' | 'destination', line: ForeignLine | UnreadableLine, secrets: Secrets) {
  const excerpt = excerptOf(line, (text) => secrets.scrub(text));
  const isBroken = line.kind === 'unreadable';
  const level = isBroken || origin === 'source' ? ('WARN' as const) : ('INFO' as const);
  const what = isBroken ? `a message that cannot be read (${line.reason})` : line.reason;
  const message = level === 'WARN' ? `${what}: ${excerpt}` : excerpt;
  return { type: 'log' as const, origin, level, message };
}

/** A stream with missing data is not complete, whatever the source says. The destination must know. */
function asFarAsTrue(message: AirbyteMessage & { type: 'TRACE' }, ledger: Ledger): boolean | Buffer {
  const { trace } = message;
  // Errors are reported here, once. The destination learns from statuses which streams are incomplete.
  if (trace.type === 'ERROR') return false;
  if (trace.type !== 'STREAM_STATUS' || trace.stream_status.status !== 'COMPLETE') return true;
  const account = ledger.account(trace.stream_status.stream_descriptor);
  if (!account || !isSpoilt(account)) return true;
  account.status = 'INCOMPLETE';
  const stream_status = { ...trace.stream_status, status: 'INCOMPLETE' };
  return Buffer.from(JSON.stringify({ ...message, trace: { ...trace, stream_status } }));
}

function onTrace(
  message: AirbyteMessage & { type: 'TRACE' },
  origin: 'source' | 'destination',
  { job }: AttemptPlan,
  ledger: Ledger,
  ports: Ports,
  fail: Fail,
): void {
  const { trace } = message;
  if (trace.type === 'ERROR') {
    const account = trace.error.stream_descriptor && ledger.account(trace.error.stream_descriptor);
    const failure = failureOf(trace.error, (text) => ports.secrets.scrub(text));
    const error = inJob(failure, origin, job[origin].config);
    const { stack_trace, internal_message } = trace.error;
    for (const message of new Set([internal_message, stack_trace]))
      if (typeof message === 'string' && message !== '')
        ports.emit({ type: 'log', origin, level: 'INFO', message });
    if (account) {
      if (!account.failure) account.failedBy = origin;
      account.failure ??= error;
      ports.emit({ type: 'error', error: errorData(error, origin, account.name) });
    } else fail(origin, error);
  } else if (trace.type === 'STREAM_STATUS' && origin === 'source') {
    const account = ledger.account(trace.stream_status.stream_descriptor);
    if (account) takeStatus(account, trace.stream_status, ports.clock.now());
  } else if (trace.type === 'ESTIMATE' && trace.estimate.type === 'STREAM') {
    const account = ledger.account({ name: trace.estimate.name, namespace: trace.estimate.namespace });
    if (account) account.estimate = trace.estimate.row_estimate;
  }
}

function takeStatus(account: StreamAccount, { status, reasons }: StatusTrace, now: number): void {
  account.status = status;
  if (status === 'STARTED') account.started ??= now;
  if (status === 'COMPLETE' || status === 'INCOMPLETE') account.ended = now;
  const limited = Array.isArray(reasons) && reasons.find((reason) => reason?.type === 'RATE_LIMITED');
  const until: unknown = (limited || undefined)?.rate_limited?.quota_reset;
  const before = account.rateLimitedUntil ?? 0;
  account.rateLimitedUntil = typeof until === 'number' ? until : undefined;
  // A pause that is announced again, or made longer, counts once.
  if (typeof until === 'number') account.waitedMs += Math.max(0, until - Math.max(now, before));
}
