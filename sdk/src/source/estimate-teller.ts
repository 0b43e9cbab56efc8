import type { StreamOutput } from './stream-output.ts';

const NOT_SOONER_MS = 5000;

/** Adds up what the cursors of a stream's partitions counted, and tells it as ESTIMATE now and then. */
export class EstimateTeller {
  readonly #output: StreamOutput;
  readonly #now: () => number;
  #expected = 0;
  #opened = 0;
  #rows: number | undefined;
  #told = Number.NEGATIVE_INFINITY;

  constructor(output: StreamOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  /** So many partitions will be opened. */
  expect(partitions: number): void {
    this.#expected = partitions;
  }

  /** A partition was opened; `rows` is what its cursor counted, if it did. */
  add(rows: number | undefined): void {
    this.#opened++;
    if (rows === undefined) return;
    this.#rows = (this.#rows ?? 0) + rows;
    if (this.#opened < this.#expected && this.#now() < this.#told + NOT_SOONER_MS) return;
    this.#told = this.#now();
    this.#output.estimate(this.#rows);
  }
}
