import { Buffer, isUtf8 } from 'node:buffer';
import { DataError, type HeadraceError } from '../errors.ts';
import { cutRecord } from '../protocol/cut-record.ts';
import { errorTrace } from '../protocol/error-trace.ts';
import { isEmptyObject, type MessageWriter, recordHead } from '../protocol/message-writer.ts';
import type { JsonObject, RecordChange, StatusTrace, StreamStatus } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';
import { ContextFields } from './context-fields.ts';
import type { Partition, RecordShape } from './define.ts';

const REPLACED: RecordChange = { field: '', change: 'TRUNCATED', reason: 'SOURCE_SERIALIZATION_ERROR' };
/** A number that JSON does not have became null. */
const NO_NUMBER: RecordChange = { field: '', change: 'NULLED', reason: 'SOURCE_SERIALIZATION_ERROR' };
/** Airbyte warns about lines of 20 M characters and more, and destinations reject them. */
const MOST_LINE_BYTES = 20_000_000;
/** For the head, with up to about 20 changes of less than 1.5 kB each, and the closing braces. */
const ROOM_FOR_HEAD = 65_536;
/** Context fields are only a few names, ids and times. */
const ROOM_FOR_CONTEXT = 1 << 20;

/** Called with each record before it is written: its bytes, its place and its partition. */
export type OnRecord = (record: Uint8Array, page: Page, row: number, partition: Partition) => void;

/** Writes one stream's records, states and statuses to stdout, and is the only counter of its records. */
export class StreamOutput {
  readonly #name: string;
  readonly #writer: MessageWriter;
  readonly #now: () => number;
  readonly #context: ContextFields;
  readonly #keep: RecordShape['keep'];
  readonly #onRecord: readonly OnRecord[];
  /** Records since the stream's last STATE, for its sourceStats (invariants 1, 5). */
  #sinceState = 0;
  #total = 0;
  /** Records that were empty objects. They are not sent, because the platform drops them. */
  empty = 0;

  constructor(
    name: string,
    stream: RecordShape,
    writer: MessageWriter,
    now: () => number,
    onRecord: readonly OnRecord[] = [],
  ) {
    this.#name = name;
    this.#onRecord = onRecord;
    this.#context = new ContextFields(stream);
    this.#keep = stream.keep;
    this.#writer = writer;
    this.#now = now;
  }

  /** Records sent in all. */
  get total(): number {
    return this.#total;
  }

  /**
   * Writes the rows of a page that `fresh` marks (undefined: all), at most `most` of them, in order, and returns their
   * size in bytes. The page is written in one turn or not at all: a record that cannot be sent is found before the first
   * one is written (invariant 1).
   * @throws DataError if a record is not an object, or has a key that is too long for a line
   */
  page(page: Page, fresh: Uint8Array | undefined, partition: Partition, most: number): number {
    const rows: number[] = [];
    for (let row = 0; row < page.count && rows.length < most; row++) {
      if (fresh && fresh[row] === 0) continue;
      if (!page.isObject(row)) {
        throw new DataError(`record ${row + 1} of a page is not a JSON object`, {
          code: 'record.not_an_object',
          place: this.#name,
        });
      }
      rows.push(row);
    }
    const contexts = rows.map((row) => this.#context.of(page, row, partition));
    const at = this.#now();
    const mended = this.#mend(page, rows, contexts, at);
    const head = recordHead(this.#name, undefined, at);
    let bytes = 0;
    rows.forEach((row, k) => {
      const odd = mended?.get(row);
      const record = odd?.data ?? page.record(row);
      const context = contexts[k]!;
      if (context.length === 0 && isEmptyObject(record)) {
        this.empty++;
        return;
      }
      if (this.#total === 0) this.status('RUNNING');
      for (const tell of this.#onRecord) tell(record, page, row, partition);
      this.#writer.record(odd?.head ?? head, record, context);
      bytes += record.length + context.length;
      this.#sinceState++;
      this.#total++;
    });
    return bytes;
  }

  /** The records that have to be changed, with a head that says how (invariant 7). */
  #mend(
    page: Page,
    rows: readonly number[],
    contexts: readonly Uint8Array[],
    at: number,
  ): Map<number, { data: Uint8Array; head: Uint8Array }> | undefined {
    // Nearly all pages are valid UTF-8 and short enough, so nothing has to be changed.
    const isShort = page.bytes.length < MOST_LINE_BYTES - ROOM_FOR_CONTEXT;
    if (page.isUtf8 && isShort && page.mended.size === 0) return undefined;
    const mended = new Map<number, { data: Uint8Array; head: Uint8Array }>();
    rows.forEach((row, k) => {
      const changes: RecordChange[] = [];
      let data = page.record(row);
      if (page.mended.has(row)) changes.push(NO_NUMBER);
      if (!page.isUtf8 && !isUtf8(data)) {
        data = Buffer.from(Buffer.from(data).toString('utf8'));
        changes.push(REPLACED);
      }
      const room = MOST_LINE_BYTES - ROOM_FOR_HEAD - contexts[k]!.length;
      if (data.length > room) {
        const cut = cutRecord(data, room, this.#keep);
        data = cut.data;
        changes.push(...cut.changes);
      }
      if (changes.length > 0) mended.set(row, { data, head: recordHead(this.#name, undefined, at, changes) });
    });
    return mended;
  }

  /** Sends a STATE, which accounts for every record before it. Returns its size in bytes. */
  state(state: JsonObject): number {
    const recordCount = this.#sinceState;
    this.#sinceState = 0;
    return this.#writer.message({
      type: 'STATE',
      state: {
        type: 'STREAM',
        stream: { stream_descriptor: { name: this.#name }, stream_state: state },
        sourceStats: { recordCount },
      },
    });
  }

  /** Sends how many rows this read will send, as far as that is known. */
  estimate(rows: number): void {
    this.#writer.message({
      type: 'TRACE',
      trace: {
        type: 'ESTIMATE',
        emitted_at: this.#now(),
        estimate: { name: this.#name, type: 'STREAM', row_estimate: Math.round(rows) },
      },
    });
  }

  status(status: StreamStatus, reasons?: StatusTrace['reasons']): void {
    this.#writer.message({
      type: 'TRACE',
      trace: {
        type: 'STREAM_STATUS',
        emitted_at: this.#now(),
        stream_status: { stream_descriptor: { name: this.#name }, status, reasons },
      },
    });
  }

  /** Sends RUNNING, with the reason that the vendor throttles requests until `until` (ms since 1970). */
  rateLimited(until: number): void {
    this.status('RUNNING', [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: Math.round(until) } }]);
  }

  error(error: HeadraceError, message: string): void {
    this.#writer.message({
      type: 'TRACE',
      trace: {
        type: 'ERROR',
        emitted_at: this.#now(),
        error: errorTrace(error, message, { name: this.#name }),
      },
    });
  }
}
