import { Buffer } from 'node:buffer';
import { FdWriter, MOST } from './fd-writer.ts';
import { CLOSE_BRACE, COMMA, OPEN_BRACE } from './json-bytes.ts';
import type { AirbyteMessage, RecordChange } from './messages.ts';
import { Secrets } from './secrets.ts';

const NEWLINE = Buffer.from('\n');
const RECORD_TAIL = Buffer.from('}}\n');
const NEWLINE_BYTE = 0x0a;

/**
 * The only writer to a connector's stdout. Messages are written as lines; records are built around the vendor's
 * bytes.
 */
export class MessageWriter {
  readonly #out: FdWriter;
  readonly secrets: Secrets;

  constructor(fd: number, secrets = new Secrets()) {
    this.#out = new FdWriter(fd);
    this.secrets = secrets;
  }

  /** Called once if the output can take no more; with an OutputClosedError if its reader has gone. */
  set onError(listener: (error: Error) => void) {
    this.#out.onError = listener;
  }

  /**
   * Writes one message as a line; returns its size in bytes. Secrets are scrubbed from texts for people
   * (invariant 6).
   */
  message(message: AirbyteMessage): number {
    const line = Buffer.from(`${JSON.stringify(scrubbed(message, this.secrets))}\n`);
    this.#out.put(line);
    return line.length;
  }

  /** Writes a line unchanged, e.g. a state that a destination echoes. `bytes` has no newline. */
  line(bytes: Uint8Array): void {
    this.#out.put(bytes);
    this.#out.put(NEWLINE);
  }

  /**
   * Writes one RECORD line: `head` (see recordHead), the record's bytes with `context` inserted before its last
   * brace, and the closing braces. The payload is not changed (invariant 7).
   * @param data a JSON object on one line, without white space after it
   * @param context `"a":1,"b":"c"`: members without braces; empty for none
   */
  record(head: Uint8Array, data: Uint8Array, context: Uint8Array): void {
    const out = this.#out;
    const { length } = data;
    const comma = context.length > 0 && !isEmptyObject(data);
    const size = head.length + length + context.length + (comma ? 1 : 0) + RECORD_TAIL.length;
    if (size > MOST) {
      this.#bigRecord(head, data, context, comma);
      return;
    }
    let at = out.claim(size);
    const line = out.filling;
    line.set(head, at);
    at += head.length;
    line.set(data, at);
    at += length;
    if (context.length > 0) {
      // Overwrite the record's own last brace.
      at--;
      if (comma) line[at++] = COMMA;
      line.set(context, at);
      at += context.length;
      line[at++] = CLOSE_BRACE;
    }
    line[at] = CLOSE_BRACE;
    line[at + 1] = CLOSE_BRACE;
    line[at + 2] = NEWLINE_BYTE;
  }

  #bigRecord(head: Uint8Array, data: Uint8Array, context: Uint8Array, comma: boolean): void {
    this.#out.put(head);
    this.#out.put(data.subarray(0, data.length - 1));
    if (comma) this.#out.put(Uint8Array.of(COMMA));
    this.#out.put(context);
    this.#out.put(Uint8Array.of(CLOSE_BRACE));
    this.#out.put(RECORD_TAIL);
  }

  /** Undefined, or a promise to await before writing more because the reader is slow. */
  ready(): Promise<void> | undefined {
    return this.#out.ready();
  }

  /** Resolves when the operating system has taken everything. Throws OutputClosedError on EPIPE. */
  flush(): Promise<void> {
    return this.#out.flush();
  }
}

/** Members of a message that are not texts but identifiers. */
const NAMES: ReadonlySet<string> = new Set(['level', 'status', 'failure_type', 'name', 'namespace']);

/**
 * A message with its texts scrubbed. Not changed are states, catalogs and specs, because they are read back; the
 * names of streams, because they are looked up; and a CONTROL, because it carries a secret on purpose. States
 * contain no secrets; the test kit checks that.
 */
function scrubbed(message: AirbyteMessage, secrets: Secrets): AirbyteMessage {
  if (message.type === 'LOG') return { ...message, log: secrets.scrubValue(message.log, NAMES) };
  if (message.type === 'CONNECTION_STATUS')
    return { ...message, connectionStatus: secrets.scrubValue(message.connectionStatus, NAMES) };
  if (message.type !== 'TRACE' || message.trace.type !== 'ERROR') return message;
  const { trace } = message;
  return { ...message, trace: { ...trace, error: secrets.scrubValue(trace.error, NAMES) } };
}

/** Whether a JSON object has no members. */
export function isEmptyObject(data: Uint8Array): boolean {
  let i = data.length - 2;
  while (i > 0 && (data[i] as number) <= 0x20) i--;
  return i === 0 && data[0] === OPEN_BRACE && data[data.length - 1] === CLOSE_BRACE;
}

/** The bytes before a record's data. `data` is the last member, so that a reader can take it as a slice. */
export function recordHead(
  stream: string,
  namespace: string | undefined,
  emittedAt: number,
  changes?: RecordChange[],
): Buffer {
  const ns = namespace === undefined ? '' : `"namespace":${JSON.stringify(namespace)},`;
  const meta = changes?.length ? `"meta":${JSON.stringify({ changes })},` : '';
  return Buffer.from(
    `{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},${ns}"emitted_at":${emittedAt},${meta}"data":`,
  );
}
