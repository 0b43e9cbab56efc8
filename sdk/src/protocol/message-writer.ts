import { Buffer } from 'node:buffer';
import { FdWriter, MOST } from './fd-writer.ts';
import { CLOSE_BRACE, COMMA, OPEN_BRACE } from './json-bytes.ts';
import type { AirbyteMessage, RecordChange } from './messages.ts';
import { Secrets } from './secrets.ts';

const NEWLINE = Buffer.from('\n');
const RECORD_TAIL = Buffer.from('}}\n');
const NEWLINE_BYTE = 0x0a;

/** The only owner of a connector's stdout: messages as lines, records by splicing the vendor's bytes. */
export class MessageWriter {
  readonly #out: FdWriter;
  readonly secrets: Secrets;

  constructor(fd: number, secrets = new Secrets()) {
    this.#out = new FdWriter(fd);
    this.secrets = secrets;
  }

  /** Called once when the output can take no more; OutputClosedError where its reader has gone. */
  set onError(listener: (error: Error) => void) {
    this.#out.onError = listener;
  }

  /** One message as a line; returns its bytes. Secrets are scrubbed from what is for people (invariant 6). */
  message(message: AirbyteMessage): number {
    const line = Buffer.from(`${JSON.stringify(scrubbed(message, this.secrets))}\n`);
    this.#out.put(line);
    return line.length;
  }

  /** A line as it stands, e.g. a state that a destination echoes. `bytes` has no newline. */
  line(bytes: Uint8Array): void {
    this.#out.put(bytes);
    this.#out.put(NEWLINE);
  }

  /**
   * One RECORD line: `head` (see recordHead), the record's bytes with `context` spliced in before its last
   * brace, and the closing braces. The payload is not touched (invariant 7).
   * @param data a JSON object on one line, no white space behind it
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
      // Over the record's own last brace.
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

  /** Undefined, or a promise to await before writing more (the reader is slow). */
  ready(): Promise<void> | undefined {
    return this.#out.ready();
  }

  /** Resolves when everything written was handed to the system. Throws OutputClosedError on EPIPE. */
  flush(): Promise<void> {
    return this.#out.flush();
  }
}

/** What of a message is no text: it is read back, or looked up. */
const NAMES: ReadonlySet<string> = new Set(['level', 'status', 'failure_type', 'name', 'namespace']);

/**
 * A message without secrets in its texts. States, catalogs and specs are read back, names of streams are looked up, and
 * a CONTROL carries a secret on purpose: none of them is touched. No state has a secret in it, which the test kit proves.
 */
function scrubbed(message: AirbyteMessage, secrets: Secrets): AirbyteMessage {
  if (message.type === 'LOG') return { ...message, log: secrets.scrubValue(message.log, NAMES) };
  if (message.type === 'CONNECTION_STATUS')
    return { ...message, connectionStatus: secrets.scrubValue(message.connectionStatus, NAMES) };
  if (message.type !== 'TRACE' || message.trace.type !== 'ERROR') return message;
  const { trace } = message;
  return { ...message, trace: { ...trace, error: secrets.scrubValue(trace.error, NAMES) } };
}

/** Whether the bytes of a JSON object hold no member. */
export function isEmptyObject(data: Uint8Array): boolean {
  let i = data.length - 2;
  while (i > 0 && (data[i] as number) <= 0x20) i--;
  return i === 0 && data[0] === OPEN_BRACE && data[data.length - 1] === CLOSE_BRACE;
}

/** The bytes before a record's data: `data` goes last, so that a reader can take it as a slice. */
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
