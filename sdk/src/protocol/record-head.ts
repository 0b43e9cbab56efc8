import type { Buffer } from 'node:buffer';
import { CLOSE_BRACE, InvalidJsonError, OPEN_BRACE, passed, skipValue } from './json-bytes.ts';
import type { JsonText } from './json-text.ts';
import { minify } from './minify.ts';

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

/**
 * Records come in runs that begin with the very same bytes: everything before `data`, where `data` is the
 * last member (as in ours). Such a line is known by comparing; only its data is still to be checked.
 */
export class RecordHead {
  #bytes = new Uint8Array(256);
  #length = 0;
  #record: RecordLine | undefined;

  /** The record, or undefined where the line begins or ends otherwise: then the whole line is to be scanned. */
  read(text: JsonText, bytes: Buffer, start: number, end: number): RecordLine | undefined {
    const record = this.#record;
    const length = this.#length;
    if (record === undefined || end - start <= length) return undefined;
    const head = this.#bytes;
    // From behind: what differs from line to line is the time, which stands near the end.
    for (let k = length - 1; k >= 0; k--) if (bytes[start + k] !== head[k]) return undefined;
    if (bytes[end - 1] !== CLOSE_BRACE) return undefined;
    text.open(bytes, start, end);
    const b = text.bytes;
    const from = text.start + length;
    if (b[from]! <= 0x20 || text.end - from < 3) return undefined;
    let to: number;
    try {
      to = skipValue(b, text.words, from, text.end, text.lastQuote);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      // The scan of the whole line finds it again and says where it stands in the line.
      return undefined;
    }
    if (to !== text.end - 2 || b[to] !== CLOSE_BRACE || b[to + 1] !== CLOSE_BRACE) return undefined;
    return {
      kind: 'record',
      stream: record.stream,
      namespace: record.namespace,
      emittedAt: record.emittedAt,
      data: passed.lineBreak ? minify(b, from, to) : new Uint8Array(b.buffer, from, to - from),
      isObject: b[from] === OPEN_BRACE,
      meta: record.meta,
    };
  }

  /** A record was read whole: its head may come again. `[from, to)` are its data. */
  remember(text: JsonText, from: number, to: number, record: RecordLine): void {
    const { bytes: b, start, end } = text;
    const length = from - start;
    this.#record = undefined;
    if (length > this.#bytes.length || end - to !== 2 || b[to] !== CLOSE_BRACE) return;
    for (let k = 0; k < length; k++) this.#bytes[k] = b[start + k]!;
    this.#length = length;
    // A copy, so that no slice of the input is kept alive.
    this.#record = { ...record, data: NOTHING, meta: record.meta && Uint8Array.from(record.meta) };
  }
}

const NOTHING = new Uint8Array(0);
