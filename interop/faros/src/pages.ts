import { Buffer } from 'node:buffer';
import { DataError, type Page, Selection } from '@headrace/sdk';
import { isObject } from '@headrace/sdk/protocol';

/** Selects no fields, because the source has already interpreted the records. */
const records = new Selection({ records: '', record: {} });
/** Size at which a page goes to the writer, in bytes. */
const PAGE_BYTES = 256 * 1024;
/** Age at which a page goes to the writer, so that a slow API does not delay records until a page is full. */
const PAGE_MS = 100;

/** A page, and the state that accounts for all records up to its end (undefined if there is none). */
export interface Batch {
  readonly page: Page;
  readonly count: number;
  readonly state: string | undefined;
}

/**
 * Collects a stream's records into pages. A page ends at the last safe state in it; without one, it ends when it is
 * full.
 */
export class Batches {
  #texts: string[] = [];
  #bytes = 0;
  /** Number of records that `#state` accounts for. */
  #safe = 0;
  #state: string | undefined;
  #since = 0;
  readonly #now: () => number;

  /** @param now a clock in ms with any origin; affects only where pages end, not their records */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether the collected records should be sent now. */
  get isDue(): boolean {
    return this.#bytes >= PAGE_BYTES || (this.#texts.length > 0 && this.#now() - this.#since >= PAGE_MS);
  }

  /** @throws DataError if it is not an object, TypeError if JSON cannot represent it (a cycle, a bigint) */
  add(record: object): void {
    if (!isObject(record)) {
      throw new DataError(`a record is not an object: ${JSON.stringify(record) ?? typeof record}`, {
        code: 'record.not_an_object',
      });
    }
    // The CDK sends undefined properties as null, and its destinations' tables have columns for them.
    const text = JSON.stringify(record, (_, value) => (value === undefined ? null : value));
    if (this.#texts.length === 0) this.#since = this.#now();
    this.#texts.push(text);
    this.#bytes += text.length;
  }

  /** Says that `state` (JSON) accounts for everything added so far. */
  mark(state: string): void {
    this.#safe = this.#texts.length;
    this.#state = state;
  }

  /** Takes the records up to the last mark, with its state. Without a mark, takes all of them, without a state. */
  take(): Batch | undefined {
    const count = this.#safe > 0 ? this.#safe : this.#texts.length;
    if (count === 0) return undefined;
    const texts = this.#texts.splice(0, count);
    const state = this.#safe > 0 ? this.#state : undefined;
    this.#safe = 0;
    this.#bytes = this.#texts.reduce((sum, text) => sum + text.length, 0);
    this.#since = this.#now();
    return { page: records.scan(Buffer.from(`[${texts.join(',')}]`)), count, state };
  }
}
