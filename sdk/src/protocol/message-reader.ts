import type { Buffer } from 'node:buffer';
import { InvalidJsonError, OPEN_BRACE, passed } from './json-bytes.ts';
import type { LineBatch } from './lines.ts';
import type { AirbyteMessage } from './messages.ts';
import { Page } from './page.ts';
import { RecordHead, recordAt } from './record-head.ts';
import { type RecordFacts, RecordLine } from './record-line.ts';
import { Selection } from './selection.ts';

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

export { type RecordFacts, RecordLine };

/** What a line of input is: a record as bytes, another message parsed, or nothing of the protocol. */
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
const at = (name: 'type' | 'stream' | 'namespace' | 'emittedAt' | 'data' | 'meta') =>
  2 * envelope.fieldSlot.get(name)!;
const TYPE = at('type');
const STREAM = at('stream');
const NAMESPACE = at('namespace');
const EMITTED_AT = at('emittedAt');
const DATA = at('data');
const META = at('meta');

/**
 * Reads the messages of a stdin. Per line one envelope scan, which checks the whole line as JSON; the
 * `data` of a record is never parsed. `data`, `meta` and `line` are slices of the input, valid for as long
 * as the caller keeps them.
 */
export class MessageReader {
  readonly #page: Envelope = new Page(envelope);
  readonly #stream = new LastName();
  readonly #namespace = new LastName();
  readonly #head = new RecordHead();

  /** Line `k` of a batch. Never throws for what a line holds. */
  line(batch: LineBatch, k: number): InputLine {
    const start = k === 0 ? 0 : batch.ends[k - 1]! + 1;
    return this.read(batch.bytes, start, batch.ends[k]!);
  }

  /** One line `[start, end)` of `bytes`, without its newline. */
  read(bytes: Buffer, start: number, end: number): InputLine {
    if (isBlank(bytes, start, end)) {
      return { kind: 'blank', line: bytes.subarray(start, end), reason: 'an empty line' };
    }
    const page = this.#page;
    passed.lineBreak = false;
    const known = this.#head.read(page.json, bytes, start, end);
    if (known) return known;
    passed.lineBreak = false;
    try {
      envelope.scan(bytes, start, end, page);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      return { kind: 'foreign', line: bytes.subarray(start, end), reason: error.message };
    }
    const { fields, json } = page;
    const b = json.bytes;
    if (fields[TYPE] === -1) {
      const reason = 'JSON, but no message: it has no type';
      return { kind: 'foreign', line: bytes.subarray(start, end), reason };
    }
    if (!same(b, fields[TYPE]!, fields[TYPE + 1]!, RECORD)) return this.#other(bytes, start, end);
    const stream = this.#stream.read(b, fields[STREAM]!, fields[STREAM + 1]!);
    const from = fields[DATA]!;
    const to = fields[DATA + 1]!;
    if (from === -1 || stream === undefined) {
      const reason = 'a RECORD without a stream or data';
      return { kind: 'foreign', line: bytes.subarray(start, end), reason };
    }
    const meta = fields[META]!;
    const facts: RecordFacts = {
      stream,
      namespace: this.#namespace.read(b, fields[NAMESPACE]!, fields[NAMESPACE + 1]!) || undefined,
      emittedAt: timeAt(b, fields[EMITTED_AT]!, fields[EMITTED_AT + 1]!),
      meta: meta !== -1 && b[meta] === OPEN_BRACE ? b.subarray(meta, fields[META + 1]) : undefined,
    };
    this.#head.remember(json, from, to, facts);
    return recordAt(facts, json, bytes, from, to);
  }

  #other(bytes: Buffer, start: number, end: number): OtherLine | ForeignLine {
    const line = bytes.subarray(start, end);
    const message = JSON.parse(line.toString('utf8')) as AirbyteMessage;
    if (typeof message.type !== 'string')
      return { kind: 'foreign', line, reason: 'JSON, but no message: its type is no name' };
    // Whoever takes other messages would pass over it without a word (invariant 5).
    if (message.type === 'RECORD')
      return { kind: 'foreign', line, reason: 'a RECORD whose type is written with escapes' };
    return { kind: 'message', message, line };
  }
}

const NOTHING = new Uint8Array(0);

/** Decodes a string that is nearly always the same as the one before. */
class LastName {
  #bytes: Uint8Array = NOTHING;
  #name: string | undefined;

  read(b: Uint8Array, from: number, to: number): string | undefined {
    if (from === -1) return undefined;
    if (!same(b, from, to, this.#bytes)) {
      this.#bytes = b.slice(from, to);
      const value: unknown = JSON.parse(new TextDecoder().decode(this.#bytes));
      this.#name = typeof value === 'string' ? value : undefined;
    }
    return this.#name;
  }
}

/** A time in whole milliseconds; PyAirbyte sends some as floats. Undefined for anything that is no such time. */
function timeAt(b: Uint8Array, from: number, to: number): number | undefined {
  if (from === -1) return undefined;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = b[i]! - 0x30;
    if (digit < 0 || digit > 9) {
      const parsed: unknown = JSON.parse(new TextDecoder().decode(b.subarray(from, to)));
      return typeof parsed === 'number' ? whole(parsed) : undefined;
    }
    value = value * 10 + digit;
  }
  return whole(value);
}

/** What a Date can hold: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST = 8.64e15;

function whole(value: number): number | undefined {
  const floor = Math.floor(value);
  return Math.abs(floor) <= LATEST ? floor : undefined;
}

const RECORD = new TextEncoder().encode('"RECORD"');

function same(b: Uint8Array, from: number, to: number, wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (b[from + i] !== wanted[i]) return false;
  return true;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! > 0x20) return false;
  return true;
}
