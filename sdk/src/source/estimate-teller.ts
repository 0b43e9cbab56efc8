import type { StreamOutput } from './stream-output.ts';

const NOT_SOONER_MS = 5000;

/** Adds up the counts of a stream's partitions, and sends the sum as an ESTIMATE now and then. */
export class EstimateTeller {
  readonly #output: StreamOutput;
  readonly #now: () => number;
  /** Partitions that were listed but not opened yet. */
  #awaited = 0;
  #isListed = false;
  #rows = 0;
  #told = 0;
  #toldAt: number;

  constructor(output: StreamOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#toldAt = now();
  }

  /** Passes the partitions on as they are listed. */
  async *listed<P>(partitions: AsyncIterable<P>): AsyncGenerator<P> {
    for await (const partition of partitions) {
      this.#awaited++;
      yield partition;
    }
    this.#isListed = true;
    this.#maybeTell();
  }

  /** A partition was opened. `rows` is its count, if there is one. */
  opened(rows: number | undefined): void {
    this.#awaited--;
    this.#rows += rows ?? 0;
    this.#maybeTell();
  }

  #maybeTell(): void {
    const isWhole = this.#isListed && this.#awaited === 0;
    const isTime = this.#now() >= this.#toldAt + NOT_SOONER_MS;
    if (this.#rows > this.#told && (isWhole || isTime)) this.#tell();
  }

  #tell(): void {
    this.#told = this.#rows;
    this.#toldAt = this.#now();
    this.#output.estimate(this.#rows);
  }
}
