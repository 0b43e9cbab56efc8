import { Buffer } from 'node:buffer';
import {
  type AirbyteMessage,
  excerptOf,
  inMib,
  LONGEST_STATES,
  MessageReader,
  tooMuch,
} from '@headrace/sdk/protocol';
import {
  asHeadraceError,
  DataError,
  type HeadraceError,
  SystemError,
  TransientError,
} from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
import type { CallOptions, ConnectorProcess } from '../engine/connector.ts';
import { endedBadly, failureOf } from '../engine/failures.ts';
import { configIn } from '../engine/numbers.ts';
import { outputOf } from '../engine/output-of.ts';
import { readMessages, type SingleLine } from '../engine/read-messages.ts';
import type { Launch } from './process.ts';
import { startProcess } from './process.ts';

type TimedCall = CallOptions & { readonly clock: Clock; readonly alsoExitCodes?: readonly number[] };

/**
 * Runs one verb that answers with one message or one line, and waits until it exits.
 * `take` gets every message and returns the answer if it is one; the first answer counts.
 * @throws what the connector's TRACE ERROR says; TransientError for a crash or a time-out; SystemError
 *   if it exits with 0 and has not answered; DataError for a line that is too long
 */
export async function call<T>(
  launch: Launch,
  verb: string,
  take: (message: AirbyteMessage, line: Buffer) => T | undefined,
  options: TimedCall,
): Promise<T> {
  let answer: T | undefined;
  let failure: HeadraceError | undefined;
  let unreadable: string | undefined;
  async function read(line: SingleLine): Promise<void> {
    if (line.kind === 'unreadable') {
      unreadable ??= line.reason;
      options.onLog('WARN', `${line.reason}: ${excerptOf(line, launch.scrub)}`);
    } else if (line.kind === 'foreign') options.onLog('INFO', excerptOf(line, launch.scrub));
    else if (line.kind === 'message') {
      const { message } = line;
      answer ??= take(message, line.line);
      if (message.type === 'LOG') options.onLog(message.log.level, message.log.message);
      if (message.type === 'TRACE' && message.trace.type === 'ERROR')
        failure ??= failureOf(message.trace.error, launch.scrub);
      if (message.type === 'CONTROL') await options.onControl(configIn(line.line));
    }
  }
  await run(launch, verb, options, {
    read: (process) => readMessages(process, verb, read),
    hasAnswered: () => answer !== undefined,
    failure: () => failure,
  });
  if (failure && answer === undefined) throw failure;
  if (answer === undefined)
    throw new SystemError(`${verb} ended without an answer`, {
      code: 'connector.no_answer',
      hint: unreadable
        ? `it printed a message that cannot be read: ${unreadable}`
        : 'is this an Airbyte-protocol connector?',
    });
  return answer;
}

/** Runs one verb that prints text (`state`); the text without its last newline. @throws as `call` does */
export async function callText(launch: Launch, verb: string, options: TimedCall): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  await run(launch, verb, options, {
    async read(process) {
      for await (const chunk of outputOf(process)) {
        length += chunk.length;
        if (length > LONGEST_STATES) throw refused(`prints more than ${inMib(LONGEST_STATES)}`);
        chunks.push(chunk);
      }
    },
    hasAnswered: () => length > 0,
    failure: () => failureIn(Buffer.concat(chunks), launch.scrub),
  });
  const text = Buffer.concat(chunks);
  const much = tooMuch(text);
  if (much !== undefined) throw refused(`prints what cannot be parsed: ${much}`);
  return text.toString('utf8').trim();

  function refused(what: string): DataError {
    return new DataError(`${verb} ${what}`, { code: 'connector.answer_too_large' });
  }
}

/** The error of the first TRACE ERROR among the lines. */
function failureIn(text: Buffer, scrub: Launch['scrub']): HeadraceError | undefined {
  const reader = new MessageReader();
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const line = reader.read(text, at, end);
    if (line.kind === 'message' && line.message.type === 'TRACE' && line.message.trace.type === 'ERROR')
      return failureOf(line.message.trace.error, scrub);
    at = end + 1;
  }
  return undefined;
}

/** How the output of a verb is read, and its result so far. */
interface Reading {
  read(process: ConnectorProcess): Promise<void>;
  hasAnswered(): boolean;
  /** The error that the connector reported. */
  failure(): HeadraceError | undefined;
}

/** Starts the process, reads its output, waits until it exits, and turns a bad exit into an error. */
async function run(launch: Launch, verb: string, options: TimedCall, reading: Reading): Promise<void> {
  const { signal, clock, timeoutMs } = options;
  if (signal.aborted) throw interrupted(verb, options);
  const process = await startProcess(launch, (line) => options.onLog('INFO', line), clock);
  process.stdin.end();
  const over = new AbortController();
  let late = false;
  void clock.sleep(timeoutMs, over.signal).then((passed) => {
    if (!passed) return;
    late = true;
    process.kill();
  });
  if (signal.aborted) process.kill();
  signal.addEventListener('abort', process.kill, { once: true });
  try {
    await reading.read(process);
    const exit = await process.exited;
    if (signal.aborted) throw interrupted(verb, options);
    // If it had answered and exited with 0, only a program that it left behind held it up.
    if (late && (exit.code !== 0 || !reading.hasAnswered()))
      throw new TransientError(`${verb} took longer than ${Math.round(timeoutMs / 1000)} s`, {
        code: 'connector.timeout',
      });
    const isAnswer =
      exit.code !== null && options.alsoExitCodes?.includes(exit.code) && reading.hasAnswered();
    const failure = exit.code === 0 ? undefined : reading.failure();
    if (failure || (exit.code !== 0 && !isAnswer)) throw failure ?? endedBadly(verb, exit);
  } catch (error) {
    throw asHeadraceError(error);
  } finally {
    over.abort();
    signal.removeEventListener('abort', process.kill);
    process.kill();
  }
}

function interrupted(verb: string, { signal }: CallOptions): TransientError {
  return new TransientError(`${verb} was interrupted by ${String(signal.reason)}`, {
    code: 'run.interrupted',
  });
}
