import { streamKey } from '@headrace/sdk/protocol';
import type { HeadraceError } from '@headrace/sdk/spec';
import { ConfigErrors, DataError, TransientError } from '@headrace/sdk/spec';
import type { AttemptResult } from './attempt.ts';
import type { Outcome, RunError, StreamResult } from './events.ts';
import { endedBadly, errorData, isPermanent, unreadableError } from './failures.ts';
import { isSpoilt, type StreamAccount } from './ledger.ts';

/** What the result of an attempt means for the run. */
export interface Verdict {
  /** Keys of the streams that are done. */
  readonly complete: ReadonlySet<string>;
  /** Keys of the streams for which another attempt may help. */
  readonly again: ReadonlySet<string>;
  readonly errors: readonly RunError[];
  /** Those of `errors` for whose stream no attempt can help. */
  readonly lost: readonly RunError[];
}

/**
 * A stream is done if the source said COMPLETE (or, if it never sends a status, exited with 0 and was read to its end),
 * all of its lines could be read, every state was echoed, its counts agree, and the destination exited with 0. A
 * destination that exits with 1 because of an unfinished stream has still finished the others.
 */
export function judge(result: AttemptResult): Verdict {
  const { accounts, sourceExit, destinationExit, hasStatuses, stopped } = result;
  const sourceOk = sourceExit.code === 0;
  const done = (one: StreamAccount) =>
    !isSpoilt(one) &&
    !one.failure &&
    one.waiting === 0 &&
    (hasStatuses || result.cutOff ? one.status === 'COMPLETE' : sourceOk);
  const reason =
    !sourceOk || result.failures.some(({ origin }) => origin === 'source') || !accounts.every(done);
  // A destination ends with 1 because of a stream that is unfinished. Any other end is a crash.
  const destinationOk = destinationExit.code === 0 || (destinationExit.code === 1 && reason);
  const ofStreams = accounts.flatMap(errorsOfStream);
  const whole = result.failures
    .map(({ origin, error }) => errorData(error, origin))
    .filter((error, k, all) => all.findIndex((one) => isSame(one, error)) === k)
    // Some sources repeat a stream's error for the whole run.
    .filter((error) => !ofStreams.some((one) => one.message === error.message));
  const errors = [...whole, ...ofStreams];
  if (!sourceOk && !stopped && !errors.some(({ origin }) => origin === 'source'))
    errors.push(errorData(endedBadly('the source', sourceExit), 'source'));
  const unechoed = accounts.filter(({ waiting }) => waiting > 0);
  if (!errors.some(({ origin }) => origin === 'destination')) {
    // If one of ours exits with 1, the errors above say why. Why any other does, nobody knows.
    const isOrderly = destinationOk && unechoed.length === 0 && (errors.length > 0 || result.ourDestination);
    if (destinationExit.code !== 0 && !isOrderly)
      errors.push(errorData(endedBadly('the destination', destinationExit), 'destination'));
    else for (const one of unechoed) errors.push(errorData(notEchoed(one), 'destination', one.name));
    // It was asked for nothing, so no state shows that it left.
    if (result.leftEarly && errors.length === 0 && !accounts.every(done))
      errors.push(errorData(leftEarly(), 'destination'));
  }
  // An error of the whole source explains it, and a source that was stopped could not finish.
  if (sourceOk && !stopped && !errors.some(({ origin, stream }) => origin === 'source' && !stream))
    for (const one of accounts)
      if (one.status !== 'COMPLETE' && !one.failure && !isSpoilt(one) && hasStatuses)
        errors.push(errorData(unfinished(one), 'source', one.name));

  const complete = new Set(destinationOk ? accounts.filter(done).map(streamKey) : []);
  const hopeless = result.failures.some(({ error }) => isPermanent(error));
  const again = accounts.filter(
    (one) => !complete.has(streamKey(one)) && !isSpoilt(one) && !(one.failure && isPermanent(one.failure)),
  );
  const lost = accounts
    .filter((one) => isSpoilt(one) || (one.failure && isPermanent(one.failure)))
    .flatMap(errorsOfStream);
  return { complete, again: new Set(hopeless ? [] : again.map(streamKey)), errors, lost };
}

function isSame(a: RunError, b: RunError): boolean {
  return a.code === b.code && a.message === b.message && a.origin === b.origin;
}

function errorsOfStream(one: StreamAccount): RunError[] {
  const { name, mismatch, failure, failedBy = 'source', putAside, whyUnreadable, quarantine } = one;
  const errors: RunError[] = [];
  if (mismatch) errors.push(errorData(mismatch, 'runner', name));
  if (failure) errors.push(errorData(failure, failedBy, name));
  if (whyUnreadable !== undefined && quarantine !== undefined)
    errors.push(errorData(unreadableError(name, whyUnreadable, quarantine, putAside), 'source', name));
  return errors;
}

/** A source that exits with 0 must say COMPLETE or INCOMPLETE for each stream. */
function unfinished({ name, status }: StreamAccount): DataError {
  const what = status === 'INCOMPLETE' ? 'said INCOMPLETE and gave no reason' : 'did not say COMPLETE';
  return new DataError(`the source ended with exit code 0 and ${what} for ${name}`, {
    code: 'pipe.unfinished_stream',
    hint: 'the next run continues from the last committed state; if it happens again, report it to the maintainer of the source',
  });
}

/** Without the echo of a state, nobody knows whether its records are stored. */
function notEchoed({ name, waiting }: StreamAccount): DataError {
  const what = waiting === 1 ? 'a state' : `${waiting} states`;
  return new DataError(`the destination ended with exit code 0 and did not send back ${what} of ${name}`, {
    code: 'pipe.state_not_echoed',
    hint: 'what the states cover is read again; if it happens again, report it to the maintainer of the destination',
  });
}

function leftEarly(): TransientError {
  return new TransientError('the destination ended with exit code 0 before the source had ended', {
    code: 'connector.left_early',
    hint: 'the next run continues from the last committed state; if it happens again, report it to the maintainer of the destination',
  });
}

/** The error of a step outside an attempt, as data. */
export function errorsOf(error: HeadraceError): RunError[] {
  return error instanceof ConfigErrors
    ? error.errors.map((one) => errorData(one, 'runner'))
    : [errorData(error, 'runner')];
}

const SIGNAL_CODES: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The outcome of the run and its exit code: 0 complete, 1 partial, 2 failed, 128 + n interrupted. */
export function outcomeOf(
  streams: readonly StreamResult[],
  errors: readonly RunError[],
  signal: string | undefined,
): { outcome: Outcome; exitCode: number } {
  const complete = streams.length > 0 && streams.every((stream) => stream.complete);
  if (complete && errors.length === 0) return { outcome: 'complete', exitCode: 0 };
  if (signal !== undefined && !complete)
    return { outcome: 'interrupted', exitCode: SIGNAL_CODES[signal] ?? 143 };
  const committed = streams.some((stream) => stream.complete || stream.committed > 0);
  return committed ? { outcome: 'partial', exitCode: 1 } : { outcome: 'failed', exitCode: 2 };
}
