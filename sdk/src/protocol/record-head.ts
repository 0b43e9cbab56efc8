import type { Buffer } from 'node:buffer';
import { CLOSE_BRACE, InvalidJsonError, passed } from './json-bytes.ts';
import type { JsonText } from './json-text.ts';
import { minify } from './minify.ts';
import { type RecordFacts, RecordLine } from './record-line.ts';

const NOTHING = new Uint8Array(0);
/** A longer head is not remembered. */
const LONGEST = 256;

/**
 * Records come in runs whose lines begin with exactly the same bytes: everything before `data`, if `data` is the
 * last member (as in our own output). Such a line is recognised by comparing bytes, and only its data has to be
 * checked.
 */
export class RecordHead {
  #head = NOTHING;
  #record: RecordFacts | undefined;

  /** The record, or undefined if the line begins or ends differently. The caller then scans the whole line. */
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
    return recordAt(record, text, bytes, from, to);
  }

  /** The position after the data, or 0. */
  #walk(text: JsonText, bytes: Buffer, start: number, end: number): number {
    const head = this.#head;
    // Compare backwards: what differs between lines is the time, near the end of the head.
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
      // The scan of the whole line finds the error again and reports its position in the line.
      return 0;
    }
  }

  /** Remembers the head of a record that was read in full. `[from, to)` is its data. */
  remember(text: JsonText, from: number, to: number, record: RecordFacts): void {
    const { bytes, start, end } = text;
    this.#record = undefined;
    if (from - start > LONGEST || end - to !== 2 || bytes[to] !== CLOSE_BRACE) return;
    // Copy, so that no slice keeps the input alive.
    this.#head = bytes.slice(start, from);
    this.#record = { ...record, meta: record.meta && Uint8Array.from(record.meta) };
  }
}

/** The record whose data is `[from, to)` of the text's buffer, which contains `bytes`. */
export function recordAt(
  facts: RecordFacts,
  text: JsonText,
  bytes: Buffer,
  from: number,
  to: number,
): RecordLine {
  if (!passed.lineBreak) return new RecordLine(facts, bytes, from - text.base, to - text.base);
  const data = minify(text.bytes, from, to);
  return new RecordLine(facts, data, 0, data.length);
}
