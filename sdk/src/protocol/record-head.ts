import type { Buffer } from 'node:buffer';
import { CLOSE_BRACE, InvalidJsonError, OPEN_BRACE, passed } from './json-bytes.ts';
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

const NOTHING = new Uint8Array(0);
/** A longer beginning of a line is not remembered. */
const LONGEST = 256;

/**
 * Records come in runs that begin with the very same bytes: everything before `data`, where `data` is the
 * last member (as in ours). Such a line is known by comparing; only its data is still to be checked.
 */
export class RecordHead {
  #head = NOTHING;
  #record: RecordLine | undefined;

  /** The record, or undefined where the line begins or ends otherwise: then the whole line is to be scanned. */
  read(text: JsonText, bytes: Buffer, start: number, end: number): RecordLine | undefined {
    const record = this.#record;
    const { length } = this.#head;
    if (record === undefined || end - start <= length) return undefined;
    text.view(bytes);
    const from = text.base + start + length;
    const to = text.walk
      ? text.walk.skipRecord(this.#head, text.base + start, text.base + end)
      : this.#walk(text, bytes, start, end);
    if (to === 0) return undefined;
    const b = text.bytes;
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

  /** The position behind the data, or 0. */
  #walk(text: JsonText, bytes: Buffer, start: number, end: number): number {
    const head = this.#head;
    // From behind: what differs from line to line is the time, which stands near the end.
    for (let k = head.length - 1; k >= 0; k--) if (bytes[start + k] !== head[k]) return 0;
    if (bytes[end - 1] !== CLOSE_BRACE) return 0;
    text.open(bytes, start, end);
    const b = text.bytes;
    const from = text.start + head.length;
    if (b[from]! <= 0x20 || text.end - from < 3) return 0;
    try {
      const to = text.skipValue(from);
      return to === text.end - 2 && b[to] === CLOSE_BRACE && b[to + 1] === CLOSE_BRACE ? to : 0;
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      // The scan of the whole line finds it again and says where it stands in the line.
      return 0;
    }
  }

  /** A record was read whole: its head may come again. `[from, to)` are its data. */
  remember(text: JsonText, from: number, to: number, record: RecordLine): void {
    const { bytes, start, end } = text;
    this.#record = undefined;
    if (from - start > LONGEST || end - to !== 2 || bytes[to] !== CLOSE_BRACE) return;
    // Copies, so that no slice of the input is kept alive.
    this.#head = bytes.slice(start, from);
    this.#record = { ...record, data: NOTHING, meta: record.meta && Uint8Array.from(record.meta) };
  }
}
