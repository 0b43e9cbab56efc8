import type { Buffer } from 'node:buffer';
import { InvalidJsonError, OPEN_BRACE, passed } from './json-bytes.ts';
import type { LineBatch } from './lines.ts';
import type { AirbyteMessage } from './messages.ts';
import { minify } from './minify.ts';
import { Page } from './page.ts';
import { Selection } from './selection.ts';

/** A RECORD line: its envelope is known, its `data` is a slice of the input, checked but not parsed. */
export interface RecordLine {
  readonly kind: 'record';
  readonly stream: string;
  readonly namespace: string | undefined;
  /** Milliseconds since 1970; undefined where the line has none. */
  readonly emittedAt: number | undefined;
  /** The bytes of `data` on one line, valid JSON. */
  readonly data: Uint8Array;
  /** Whether `data` is a JSON object. */
  readonly isObject: boolean;
  /** `meta` as it stands, or undefined. */
  readonly meta: Uint8Array | undefined;
}

/** Any other message, parsed, with the bytes of its line (a state is echoed from them). */
export interface OtherLine {
  readonly kind: 'message';
  readonly message: AirbyteMessage;
  readonly line: Buffer;
}

/** A line that is no message. `reason` says why; an empty line has kind `blank`. */
export interface ForeignLine {
  readonly kind: 'foreign' | 'blank';
  readonly line: Buffer;
  readonly reason: string;
}

export type InputLine = RecordLine | OtherLine | ForeignLine;

const envelope = new Selection({
  fields: {
    type: 'type',
    stream: 'record.stream',
    namespace: 'record.namespace',
    emittedAt: 'record.emitted_at',
    data: 'record.data',
    meta: 'record.meta',
  },
});
type Envelope = Page<'type' | 'stream' | 'namespace' | 'emittedAt' | 'data' | 'meta'>;

/**
 * Reads the messages of a stdin. Per line one envelope scan, which checks the whole line as JSON; the
 * `data` of a record is never parsed. What it returns is valid until the next call for record lines' own
 * fields, and `data` for as long as the caller keeps it.
 */
export class MessageReader {
  readonly #page: Envelope = new Page(envelope);
  readonly #stream = new LastName();
  readonly #namespace = new LastName();

  /** Line `k` of a batch. Never throws for what a line holds. */
  line(batch: LineBatch, k: number): InputLine {
    const start = k === 0 ? 0 : batch.ends[k - 1]! + 1;
    const end = batch.ends[k]!;
    return this.read(batch.bytes, start, end);
  }

  /** One line `[start, end)` of `bytes`; the byte at `end` is a newline or the end of the buffer. */
  read(bytes: Buffer, start: number, end: number): InputLine {
    if (isBlank(bytes, start, end))
      return { kind: 'blank', line: bytes.subarray(start, end), reason: 'an empty line' };
    const page = this.#page;
    passed.lineBreak = false;
    try {
      envelope.scan(bytes, start, end, page);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      return { kind: 'foreign', line: bytes.subarray(start, end), reason: error.message };
    }
    const type = page.fieldSpan('type');
    if (!type)
      return {
        kind: 'foreign',
        line: bytes.subarray(start, end),
        reason: 'JSON, but no message: it has no type',
      };
    if (!same(bytes, type, RECORD)) return this.#other(bytes, start, end);
    const data = page.fieldSpan('data');
    const stream = this.#stream.read(bytes, page.fieldSpan('stream'));
    if (!data || stream === undefined) {
      return {
        kind: 'foreign',
        line: bytes.subarray(start, end),
        reason: 'a RECORD without a stream or data',
      };
    }
    const meta = page.fieldSpan('meta');
    return {
      kind: 'record',
      stream,
      namespace: this.#namespace.read(bytes, page.fieldSpan('namespace')) || undefined,
      emittedAt: numberAt(bytes, page.fieldSpan('emittedAt')),
      data: passed.lineBreak ? minify(bytes, data[0], data[1]) : bytes.subarray(data[0], data[1]),
      isObject: bytes[data[0]] === OPEN_BRACE,
      meta: meta && bytes[meta[0]] === OPEN_BRACE ? bytes.subarray(meta[0], meta[1]) : undefined,
    };
  }

  #other(bytes: Buffer, start: number, end: number): OtherLine | ForeignLine {
    const line = bytes.subarray(start, end);
    const message = JSON.parse(line.toString('utf8')) as AirbyteMessage;
    if (typeof message.type !== 'string')
      return { kind: 'foreign', line, reason: 'JSON, but no message: its type is no name' };
    return { kind: 'message', message, line };
  }
}

/** Decodes a string that is nearly always the same as the one before. */
class LastName {
  #bytes: Uint8Array = new Uint8Array(0);
  #name: string | undefined;

  read(bytes: Buffer, span: [number, number] | undefined): string | undefined {
    if (!span) return undefined;
    if (!same(bytes, span, this.#bytes)) {
      this.#bytes = Uint8Array.from(bytes.subarray(span[0], span[1]));
      const value: unknown = JSON.parse(bytes.toString('utf8', span[0], span[1]));
      this.#name = typeof value === 'string' ? value : undefined;
    }
    return this.#name;
  }
}

/** A JSON number's value; PyAirbyte sends some as floats. Undefined for anything else. */
function numberAt(bytes: Buffer, span: [number, number] | undefined): number | undefined {
  if (!span) return undefined;
  let value = 0;
  for (let i = span[0]; i < span[1]; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) {
      const parsed: unknown = JSON.parse(bytes.toString('utf8', span[0], span[1]));
      return typeof parsed === 'number' ? parsed : undefined;
    }
    value = value * 10 + digit;
  }
  return value;
}

const RECORD = new TextEncoder().encode('"RECORD"');

function same(bytes: Uint8Array, [from, to]: [number, number], wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > 0x20) return false;
  return true;
}
