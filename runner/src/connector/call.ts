import { type AirbyteMessage, excerptOf, MessageReader, readLines } from '@headrace/sdk/protocol';
import { asHeadraceError, type HeadraceError, SystemError, TransientError } from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
import type { CallOptions, ConnectorProcess, Exit } from '../engine/connector.ts';
import { failureOf } from '../engine/failures.ts';
import { configIn } from '../engine/numbers.ts';
import { outputOf } from '../engine/output-of.ts';
import type { Launch } from './process.ts';
import { startProcess } from './process.ts';

type TimedCall = CallOptions & { readonly clock: Clock };

/**
 * Runs one verb that answers with one message or one line, and waits for its end.
 * `take` gets every message and returns the answer where it is one; the first one counts.
 * @throws what the connector's TRACE ERROR says; TransientError for a crash or a time-out; SystemError
 *   where it ends well and has not answered
 */
export async function call<T>(
  launch: Launch,
  verb: string,
  take: (message: AirbyteMessage, line: Buffer) => T | undefined,
  options: TimedCall,
): Promise<T> {
  let answer: T | undefined;
  let failure: HeadraceError | undefined;
  const reader = new MessageReader();
  async function read(bytes: Buffer, start: number, end: number): Promise<void> {
    const line = reader.read(bytes, start, end);
    if (line.kind === 'several') for (const part of line.parts) await read(part, 0, part.length);
    else if (line.kind === 'unreadable') options.onLog('WARN', `${line.reason}: ${excerptOf(line)}`);
    else if (line.kind === 'foreign') options.onLog('INFO', excerptOf(line));
    else if (line.kind === 'message') {
      const { message } = line;
      answer ??= take(message, line.line);
      if (message.type === 'LOG') options.onLog(message.log.level, message.log.message);
      if (message.type === 'TRACE' && message.trace.type === 'ERROR')
        failure ??= failureOf(message.trace.error);
      if (message.type === 'CONTROL') await options.onControl(configIn(line.line));
    }
  }
  await run(
    launch,
    verb,
    options,
    async (process) => {
      for await (const { bytes, ends } of readLines(outputOf(process)))
        for (const [k, end] of ends.entries())
          await read(bytes, k === 0 ? 0 : (ends[k - 1] as number) + 1, end);
    },
    () => failure,
  );
  if (failure && answer === undefined) throw failure;
  if (answer === undefined)
    throw new SystemError(`${verb} ended without an answer`, {
      code: 'connector.no_answer',
      hint: 'is this an Airbyte-protocol connector?',
    });
  return answer;
}

/** Runs one verb that prints text (`state`); the text without its last newline. */
export async function callText(launch: Launch, verb: string, options: TimedCall): Promise<string> {
  const chunks: Buffer[] = [];
  let failure: HeadraceError | undefined;
  const reader = new MessageReader();
  await run(
    launch,
    verb,
    options,
    async (process) => {
      for await (const chunk of outputOf(process)) chunks.push(chunk);
      for (const text of Buffer.concat(chunks).toString('utf8').split('\n')) {
        const bytes = Buffer.from(text);
        const line = reader.read(bytes, 0, bytes.length);
        if (line.kind === 'message' && line.message.type === 'TRACE' && line.message.trace.type === 'ERROR')
          failure ??= failureOf(line.message.trace.error);
      }
    },
    () => failure,
  );
  return Buffer.concat(chunks).toString('utf8').trim();
}

/** Starts the process, reads it, waits for its end and turns a bad end into an error. */
async function run(
  launch: Launch,
  verb: string,
  options: TimedCall,
  read: (process: ConnectorProcess) => Promise<void>,
  failure: () => HeadraceError | undefined,
): Promise<void> {
  if (options.signal.aborted) throw interrupted(verb, options);
  const process = await startProcess(launch, (line) => options.onLog('INFO', line), options.clock);
  process.stdin.on('error', () => {}); // Nothing is ever sent: a verb that closes its stdin early is no event.
  process.stdin.end();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill();
  }, options.timeoutMs);
  options.signal.addEventListener('abort', process.kill, { once: true });
  try {
    await read(process);
    const exit = await process.exited;
    if (options.signal.aborted) throw interrupted(verb, options);
    if (late)
      throw new TransientError(`${verb} took longer than ${Math.round(options.timeoutMs / 1000)} s`, {
        code: 'connector.timeout',
      });
    if (exit.code !== 0) throw failure() ?? crashed(verb, exit);
  } catch (error) {
    throw asHeadraceError(error);
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', process.kill);
    process.kill();
  }
}

function interrupted(verb: string, { signal }: CallOptions): TransientError {
  return new TransientError(`${verb} was interrupted by ${String(signal.reason)}`, {
    code: 'run.interrupted',
  });
}

/** A process that ended badly and did not say why: worth another attempt. */
function crashed(verb: string, exit: Exit): TransientError {
  const how = exit.signal ? `by ${exit.signal}` : `with exit code ${exit.code}`;
  const last = exit.stderr.split('\n').slice(-5).join('\n');
  return new TransientError(`${verb} ended ${how}`, {
    code: 'connector.crashed',
    hint: last === '' ? undefined : `it said last: ${last}`,
  });
}
