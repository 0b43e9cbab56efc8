import type { ForeignLine } from '../protocol/message-reader.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { AirbyteMessage, LogLevel } from '../protocol/messages.ts';
import type { Log } from '../runtime/log.ts';

const LEVELS: ReadonlySet<string> = new Set<LogLevel>(['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE']);

/** Passes on what the source said to a person, so that the one at the end of the pipe sees it. Records never. */
export function relayLog(message: Extract<AirbyteMessage, { type: 'LOG' }>, output: MessageWriter): void {
  const log = message.log as Partial<typeof message.log> | null | undefined;
  if (typeof log?.message !== 'string') return;
  const level = typeof log.level === 'string' && LEVELS.has(log.level) ? log.level : 'INFO';
  const stack = typeof log.stack_trace === 'string' ? { stack_trace: log.stack_trace } : {};
  output.message({ type: 'LOG', log: { level, message: log.message, ...stack } });
}

/** A source's TRACE ERROR as a LOG: the error is the source's, and the destination's own exit says that it came. */
export function relayError(error: unknown, output: MessageWriter): void {
  const { message, internal_message, stream_descriptor } = (error ?? {}) as Record<string, unknown>;
  const stream = (stream_descriptor as { name?: unknown } | null | undefined)?.name;
  const said = [message, internal_message]
    .filter((text) => typeof text === 'string' && text !== '')
    .join(': ');
  const text = `the source failed${typeof stream === 'string' ? ` in ${stream}` : ''}${said ? `: ${said}` : ''}`;
  output.message({ type: 'LOG', log: { level: 'ERROR', message: text } });
}

const SHOWN = 5;
const CHARACTERS = 200;

/** Lines that are no messages: the first few are shown, all are counted (invariant 5). */
export class ForeignLines {
  count = 0;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  add({ line, reason }: ForeignLine): void {
    this.count++;
    if (this.count > SHOWN) return;
    const text = line.subarray(0, CHARACTERS).toString('utf8');
    this.#log.warn(`not a message (${reason}): ${text}${line.length > CHARACTERS ? '…' : ''}`);
  }

  end(): void {
    if (this.count > SHOWN) this.#log.warn(`${this.count} lines of the input were no messages`);
  }
}
