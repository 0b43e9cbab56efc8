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
/** A line that never ends is passed on in pieces. */
const LONGEST_LINE = 1 << 16;
/** What is said before there is somebody to tell. */
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
 * What a source prints. The CDK's logger prints messages with console.log, and sources print as they like:
 * none of it may come between the records on stdout, all of it becomes LOG.
 */
class Output {
  #log: Log | undefined;
  /** The source's `debug` option: what it says for debugging is wanted whatever LOG_LEVEL is. */
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

  /** A line that was printed: a message of the protocol, or text. */
  line(text: string, level: Level): void {
    if (text.trim() === '') return;
    this.say(text.startsWith('{') ? (messageIn(text) ?? { level, text }) : { level, text });
  }

  /** The process ends and nobody asked: a person may still want to know. */
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
    // Not an error: a text that begins with a brace.
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
  return { level: 'warn', text: `the source printed a ${message.type} message; it is not passed on` };
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
 * From now on nothing but our writer reaches stdout: `console` and `process.stdout` of this process lead to
 * the log. Called before a source is loaded; more calls change nothing. A library that writes to descriptor
 * 1 itself asks process.stdout for it (pino does) and gets stderr's.
 */
export function captureOutput(): Output {
  if (output) return output;
  const made = new Output();
  output = made;
  const stdout = Object.assign(stream(made, 'info'), { fd: STDERR, isTTY: false });
  // Defined, not assigned: reading the old one would open it, which makes descriptor 1 non-blocking.
  Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, get: () => stdout });
  const captured = new Console({ stdout, stderr: stream(made, 'warn') });
  for (const name of Object.keys(captured) as Array<keyof Console>)
    Object.assign(console, { [name]: captured[name] });
  process.on('exit', () => made.end());
  return made;
}
