import type { Buffer } from 'node:buffer';
import { brokenLine, type ForeignLine, type UnreadableLine } from './broken-line.ts';
import { InvalidJsonError, OPEN_BRACE, passed } from './json-bytes.ts';
import { JsonText } from './json-text.ts';
import type { LineBatch } from './lines.ts';
import { tooLongLine } from './long-line.ts';
import type { AirbyteMessage } from './messages.ts';
import { Page } from './page.ts';
import { RecordHead, recordAt } from './record-head.ts';
import { type RecordFacts, RecordLine } from './record-line.ts';
import { Selection } from './selection.ts';
import { StateLine } from './state-line.ts';
import { tooMuch } from './too-much.ts';
import { wellFormed } from './well-formed.ts';

/**
 * A STATE: what it covers, and its bytes, which are needed for the echo. The bytes are a copy, because a state
 * waits for its commit.
 */
export interface StateInput {
  readonly kind: 'state';
  readonly state: StateLine;
}

/** Any other message, parsed. Its body matches its type. */
export interface OtherLine {
  readonly kind: 'message';
  readonly message: AirbyteMessage;
  readonly line: Buffer;
}

/**
 * Several complete messages on one line, as threads produce when they print at the same time. Read each part
 * separately.
 */
export interface SeveralLines {
  readonly kind: 'several';
  readonly parts: readonly Buffer[];
}

export { type RecordFacts, RecordLine };

/**
 * The kinds of input line: a record or state as bytes, another message parsed, several messages, a message that
 * cannot be read, or a line that is not part of the protocol.
 */
export type InputLine = RecordLine | StateInput | OtherLine | SeveralLines | UnreadableLine | ForeignLine;

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
 * Reads protocol messages, one per line. Each line is scanned once, which also checks that all of it is JSON; the
 * `data` of a record is never parsed. `data`, `meta` and `line` are slices of the input and become invalid with
 * it.
 */
export class MessageReader {
  readonly #page: Envelope = new Page(envelope);
  readonly #stream = new LastName();
  readonly #namespace = new LastName();
  readonly #head = new RecordHead();

  /** Reads line `k` of a batch. Never throws because of a line's content. */
  line(batch: LineBatch, k: number): InputLine {
    if (batch.longest !== undefined) return tooLongLine(batch.bytes, batch.longest);
    const start = k === 0 ? 0 : batch.ends[k - 1]! + 1;
    return this.read(batch.bytes, start, batch.ends[k]!);
  }

  /** Reads one line `[start, end)` of `bytes`, without its newline. */
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
      return this.#notOneMessage(bytes, start, end, error.message);
    }
    const { fields, json } = page;
    const b = json.bytes;
    if (fields[TYPE] === -1)
      return brokenLine(bytes.subarray(start, end), 'JSON, but not a message: it has no type');
    if (!same(b, fields[TYPE]!, fields[TYPE + 1]!, RECORD)) return this.#other(bytes, start, end);
    const stream = this.#stream.read(b, fields[STREAM]!, fields[STREAM + 1]!);
    const from = fields[DATA]!;
    const to = fields[DATA + 1]!;
    if (from === -1 || stream === undefined) {
      return brokenLine(bytes.subarray(start, end), 'a RECORD without a stream or data');
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

  #other(bytes: Buffer, start: number, end: number): InputLine {
    const line = bytes.subarray(start, end);
    const { fields, json } = this.#page;
    if (same(json.bytes, fields[TYPE]!, fields[TYPE + 1]!, STATE)) {
      const state = StateLine.read(line);
      return state ? { kind: 'state', state } : brokenLine(line, 'a STATE that does not say what it covers');
    }
    const much = tooMuch(line);
    if (much !== undefined) return brokenLine(line, much);
    const value = JSON.parse(line.toString('utf8')) as { type?: unknown };
    if (typeof value.type !== 'string')
      return brokenLine(line, 'JSON, but not a message: its type is not a string');
    // A consumer of other messages would silently ignore it (invariant 5).
    const meant = /^\s*(record|state)\s*$/i.exec(value.type)?.[1]?.toUpperCase();
    if (meant) return brokenLine(line, `a ${meant} whose type is spelled differently`);
    const message = wellFormed(value);
    return typeof message === 'string' ? brokenLine(line, message) : { kind: 'message', message, line };
  }

  /**
   * The line is not exactly one JSON text: it starts with a byte order mark, contains several messages, or is
   * broken.
   */
  #notOneMessage(bytes: Buffer, start: number, end: number, reason: string): InputLine {
    const from = behindMark(bytes, start, end);
    if (from > start) return this.read(bytes, from, end);
    const parts = this.#parts(bytes, start, end);
    if (parts.length < 2) return brokenLine(bytes.subarray(start, end), reason);
    return { kind: 'several', parts: parts.map(([from, to]) => bytes.subarray(from, to)) };
  }

  /** The positions of the objects that make up the whole line; empty if it contains anything else. */
  #parts(bytes: Buffer, start: number, end: number): Array<[number, number]> {
    const parts: Array<[number, number]> = [];
    const text = new JsonText();
    try {
      text.open(bytes, start, end);
      for (let from = text.start; from < text.end; ) {
        if (text.bytes[from]! <= 0x20) from++;
        else if (text.bytes[from] !== OPEN_BRACE) return [];
        else {
          const to = text.skipValue(from);
          parts.push([from - text.base, to - text.base]);
          from = to;
        }
      }
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      return [];
    }
    return parts;
  }
}

const MARK = [0xef, 0xbb, 0xbf];

/** The start of a line after its byte order marks (U+FEFF in UTF-8). Some runtimes write one first. */
export function behindMark(bytes: Uint8Array, start: number, end: number): number {
  let from = start;
  while (from + MARK.length <= end && MARK.every((byte, k) => bytes[from + k] === byte)) from += MARK.length;
  return from;
}

const NOTHING = new Uint8Array(0);

/** Decodes a string that is nearly always the same as the previous one. */
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

/** A time in whole milliseconds; undefined if the value is not one. PyAirbyte sends some times as floats. */
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

/** The largest time that a Date can represent: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST = 8.64e15;

function whole(value: number): number | undefined {
  const floor = Math.floor(value);
  return Math.abs(floor) <= LATEST ? floor : undefined;
}

const RECORD = new TextEncoder().encode('"RECORD"');
const STATE = new TextEncoder().encode('"STATE"');

function same(b: Uint8Array, from: number, to: number, wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (b[from + i] !== wanted[i]) return false;
  return true;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! > 0x20) return false;
  return true;
}
