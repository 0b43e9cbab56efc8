import { excerptOf, type ForeignLine, type UnreadableLine } from '../protocol/broken-line.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { Secrets } from '../protocol/secrets.ts';
import type { Log } from '../runtime/log.ts';

/**
 * Passes on a source's TRACE ERROR as a LOG, because it is not the destination's error. The exit code shows that it
 * came.
 */
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

/** Lines that are not messages: the first few are shown, all are counted (invariant 5). */
export class ForeignLines {
  count = 0;
  readonly #log: Log;
  readonly #secrets: Secrets;

  constructor(log: Log, secrets: Secrets) {
    this.#log = log;
    this.#secrets = secrets;
  }

  add(line: ForeignLine | UnreadableLine): void {
    this.count++;
    if (this.count > SHOWN) return;
    const what = line.kind === 'unreadable' ? 'a message that cannot be read' : 'not a message';
    this.#log.warn(
      `${what} (${line.reason}): ${excerptOf(line, (text) => this.#secrets.scrub(text), CHARACTERS)}`,
    );
  }

  end(): void {
    if (this.count > SHOWN) this.#log.warn(`${this.count} lines of the input were not messages`);
  }
}
