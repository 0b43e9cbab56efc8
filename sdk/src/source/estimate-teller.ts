import type { StreamOutput } from './stream-output.ts';

const NOT_SOONER_MS = 5000;

/** Adds up what the cursors of a stream's partitions counted, and tells it as ESTIMATE now and then. */
export class EstimateTeller {
  readonly #output: StreamOutput;
  readonly #now: () => number;
  /** Partitions that were listed and not opened yet. */
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

  /** The partitions as they are listed. */
  async *listed<P>(partitions: AsyncIterable<P>): AsyncGenerator<P> {
    for await (const partition of partitions) {
      this.#awaited++;
      yield partition;
    }
    this.#isListed = true;
    this.#maybeTell();
  }

  /** A partition was opened; `rows` is what its cursor counted, if it did. */
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
