import { Buffer } from 'node:buffer';
import { DataError, type Page, Selection } from '@headrace/sdk';

/** Nothing of a record is looked at: the source has done that. */
const records = new Selection({ records: '', record: {} });
/** A page is handed to the writer when it is about this long. */
const PAGE_BYTES = 256 * 1024;
/** Or after so many ms: behind a slow API records do not wait for a page to fill. */
const PAGE_MS = 100;

/** A page, and the state that accounts for all records up to its end; undefined: there is none. */
export interface Batch {
  readonly page: Page;
  readonly count: number;
  readonly state: string | undefined;
}

/**
 * Collects a stream's records into pages. A page ends where the last state that is safe stands, if there is
 * one in it; else where it is full.
 */
export class Batches {
  #texts: string[] = [];
  #bytes = 0;
  /** How many of the records the state below accounts for. */
  #safe = 0;
  #state: string | undefined;
  #since = 0;
  readonly #now: () => number;

  /** @param now milliseconds, from any beginning: decides where pages end, never what is in them */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether what there is should be sent. */
  get isDue(): boolean {
    return this.#bytes >= PAGE_BYTES || (this.#texts.length > 0 && this.#now() - this.#since >= PAGE_MS);
  }

  /** @throws DataError where it is no object, TypeError where JSON cannot say it (a circle, a bigint) */
  add(record: object): void {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      throw new DataError(`a record is no object but ${JSON.stringify(record) ?? typeof record}`, {
        code: 'record.not_an_object',
      });
    }
    // The CDK sends undefined members as null, and its destinations' tables have columns for them.
    const text = JSON.stringify(record, (_, value) => (value === undefined ? null : value));
    if (this.#texts.length === 0) this.#since = this.#now();
    this.#texts.push(text);
    this.#bytes += text.length;
  }

  /** Everything added so far is accounted for by `state`, JSON. */
  mark(state: string): void {
    this.#safe = this.#texts.length;
    this.#state = state;
  }

  /** What there is to send: up to the last mark with its state, or, without a mark, everything with none. */
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
