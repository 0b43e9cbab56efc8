import { Buffer } from 'node:buffer';
import { Console } from 'node:console';
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { Log } from '@headrace/sdk';

type Level = 'debug' | 'info' | 'warn' | 'error';

interface Said {
  readonly level: Level;
  readonly text: string;
  readonly facts?: object;
}

const STDERR = 2;
/** Longer lines are split. */
const LONGEST_LINE = 1 << 16;
/** Maximum number of messages kept before there is a log. */
const MOST_WAITING = 1000;

const LEVELS: Readonly<Record<string, Level>> = {
  FATAL: 'error',
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'info',
  DEBUG: 'debug',
  TRACE: 'debug',
};

/**
 * Captures what a source prints. The CDK's logger prints messages with console.log, and sources print anything.
 * Nothing of it may get between the records on stdout, so everything becomes a LOG message.
 */
class Output {
  #log: Log | undefined;
  /** The source's `debug` option. If set, debug messages are logged regardless of LOG_LEVEL. */
  #debug = false;
  #waiting: Said[] = [];

  sendTo(log: Log, debug: boolean): void {
    this.#log = log;
    this.#debug = debug;
    for (const said of this.#waiting.splice(0)) this.say(said);
  }

  say(said: Said): void {
    const log = this.#log;
    if (!log) {
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push(said);
      return;
    }
    const level = said.level === 'debug' && this.#debug ? 'info' : said.level;
    log[level](said.text, said.facts);
  }

  /** Handles a printed line: a protocol message or plain text. */
  line(text: string, level: Level): void {
    if (text.trim() === '') return;
    this.say(text.startsWith('{') ? (messageIn(text) ?? { level, text }) : { level, text });
  }

  /** Called on exit. If there was never a log, print the messages to stderr. */
  end(): void {
    if (this.#log) return;
    for (const { text } of this.#waiting) writeSync(STDERR, Buffer.from(`${text}\n`));
  }
}

interface Message {
  readonly type?: unknown;
  readonly log?: { readonly level?: string; readonly message?: string; readonly stack_trace?: string };
  readonly trace?: { readonly error?: { readonly message?: string } };
}

function messageIn(text: string): Said | undefined {
  let message: Message;
  try {
    message = JSON.parse(text) as Message;
  } catch {
    // Not an error: the text just starts with a brace.
    return undefined;
  }
  if (message.type === 'LOG') {
    const { level = 'INFO', message: sentence = '', stack_trace } = message.log ?? {};
    return {
      level: LEVELS[level] ?? 'info',
      text: sentence,
      facts: stack_trace ? { stack_trace } : undefined,
    };
  }
  if (message.type === 'TRACE') return { level: 'error', text: message.trace?.error?.message ?? text };
  if (typeof message.type !== 'string') return undefined;
  return { level: 'warn', text: `the source printed a ${message.type} message, which was discarded` };
}

function stream(output: Output, level: Level): Writable {
  let rest = '';
  const decoder = new TextDecoder();
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const line of lines) output.line(line, level);
      while (rest.length > LONGEST_LINE) {
        output.line(rest.slice(0, LONGEST_LINE), level);
        rest = rest.slice(LONGEST_LINE);
      }
      done();
    },
  });
}

let output: Output | undefined;

/**
 * Redirects `console` and `process.stdout` of this process to the log, so that only our writer writes to stdout. Call
 * it before loading a source; further calls have no effect. A library that writes to a file descriptor directly takes
 * its number from process.stdout (as pino does) and gets that of stderr.
 */
export function captureOutput(): Output {
  if (output) return output;
  const made = new Output();
  output = made;
  const stdout = Object.assign(stream(made, 'info'), { fd: STDERR, isTTY: false });
  // Replaced without reading it: reading process.stdout opens it, which makes descriptor 1 non-blocking.
  Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, get: () => stdout });
  const captured = new Console({ stdout, stderr: stream(made, 'warn') });
  for (const name of Object.keys(captured) as Array<keyof Console>)
    Object.assign(console, { [name]: captured[name] });
  process.on('exit', () => made.end());
  return made;
}
