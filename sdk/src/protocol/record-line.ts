import { Buffer } from 'node:buffer';
import { CLOSE_BRACE, OPEN_BRACE } from './json-bytes.ts';

/** What a run of RECORD lines has in common. */
export interface RecordFacts {
  readonly stream: string;
  readonly namespace: string | undefined;
  /** Milliseconds since 1970; undefined if the line has none. */
  readonly emittedAt: number | undefined;
  /** `meta` as received, or undefined. */
  readonly meta: Uint8Array | undefined;
}

/**
 * A RECORD line. Its envelope is parsed; its `data` is a range of the input that was checked but not parsed. The
 * bytes are valid until the next batch of input is requested.
 */
export class RecordLine implements RecordFacts {
  readonly kind = 'record';
  readonly stream: string;
  readonly namespace: string | undefined;
  readonly emittedAt: number | undefined;
  readonly meta: Uint8Array | undefined;
  /** The data is `[from, to)` of these bytes: valid JSON on one line. Copying it needs no slice. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;

  constructor(facts: RecordFacts, bytes: Buffer, from: number, to: number) {
    this.stream = facts.stream;
    this.namespace = facts.namespace;
    this.emittedAt = facts.emittedAt;
    this.meta = facts.meta;
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  /** Makes a record from JSON, for tests. */
  static of(stream: string, json: string, facts: Partial<RecordFacts> = {}): RecordLine {
    const bytes = Buffer.from(json);
    const all = { stream, namespace: undefined, emittedAt: undefined, meta: undefined, ...facts };
    return new RecordLine(all, bytes, 0, bytes.length);
  }

  /** The bytes of `data`, as a slice. */
  get data(): Buffer {
    return this.bytes.subarray(this.from, this.to);
  }

  /** Whether `data` is a JSON object. */
  get isObject(): boolean {
    return this.bytes[this.from] === OPEN_BRACE;
  }

  /** Whether `data` is an object without members. */
  get isEmpty(): boolean {
    if (!this.isObject) return false;
    let i = this.from + 1;
    while (this.bytes[i]! <= 0x20) i++;
    return this.bytes[i] === CLOSE_BRACE;
  }
}
