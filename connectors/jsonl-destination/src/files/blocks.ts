import { Buffer } from 'node:buffer';

const BLOCK = 1 << 20;
const SMALLEST = 1 << 14;
/** How many blocks may be on their way to the disk (invariant 8). */
const IN_FLIGHT = 8;
/** How many may belong to streams whose block is not full yet. */
const HELD = 64;
const SPARE = 8;

/** The memory for waiting records of all streams. It is bounded, whatever the number of streams (invariant 8). */
export class Blocks {
  /** The size of a block, in bytes. A block is compressed and written at once. */
  readonly size: number;
  #spare: Buffer[] = [];
  #held = 0;
  #inFlight = 0;
  #waiting: Array<() => void> = [];

  constructor(size = BLOCK) {
    this.size = size;
  }

  /** A buffer of at least `size` bytes, in memory that can be shared with another thread. */
  take(size: number): Buffer {
    let length = Math.min(SMALLEST, this.size);
    while (length < size && length < this.size) length *= 2;
    if (length < size) length = size;
    this.#held += length;
    return (
      (length === this.size ? this.#spare.pop() : undefined) ?? Buffer.from(new SharedArrayBuffer(length))
    );
  }

  /** The block is on its way to the disk. */
  sent(block: Buffer): void {
    this.#held -= block.length;
    this.#inFlight += block.length;
  }

  /** The block is written. */
  arrived(block: Buffer): void {
    this.#inFlight -= block.length;
    this.#keep(block);
    if (this.#inFlight <= (IN_FLIGHT / 2) * this.size) for (const go of this.#waiting.splice(0)) go();
  }

  /** The block is not needed after all. */
  giveBack(block: Buffer): void {
    this.#held -= block.length;
    this.#keep(block);
  }

  get tooManyHeld(): boolean {
    return this.#held > HELD * this.size;
  }

  /** A promise to await before more is written, if any. */
  ready(): Promise<void> | undefined {
    return this.#inFlight > IN_FLIGHT * this.size ? new Promise((go) => this.#waiting.push(go)) : undefined;
  }

  /** Releases everybody who waits, after an error: no block will arrive any more. */
  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #keep(block: Buffer): void {
    if (block.length === this.size && this.#spare.length < SPARE) this.#spare.push(block);
  }
}
