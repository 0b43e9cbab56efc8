import { Buffer } from 'node:buffer';

const BLOCK = 1 << 20;
const SMALLEST = 1 << 14;
/** So many blocks may be on their way to the disk (invariant 8). */
const IN_FLIGHT = 8;
/** So many may be held by streams whose block is not full yet. */
const HELD = 64;
const SPARE = 8;

/** The memory that records wait in, over all streams: bounded, whatever the number of streams (invariant 8). */
export class Blocks {
  /** A block of so many bytes is compressed and written at once. */
  readonly size: number;
  #spare: Buffer[] = [];
  #held = 0;
  #inFlight = 0;
  #waiting: Array<() => void> = [];

  constructor(size = BLOCK) {
    this.size = size;
  }

  /** A buffer of at least `size` bytes, in memory that another thread may look at. */
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

  /** It is there. */
  arrived(block: Buffer): void {
    this.#inFlight -= block.length;
    this.#keep(block);
    if (this.#inFlight <= (IN_FLIGHT / 2) * this.size) for (const go of this.#waiting.splice(0)) go();
  }

  /** It is not needed after all. */
  giveBack(block: Buffer): void {
    this.#held -= block.length;
    this.#keep(block);
  }

  get tooManyHeld(): boolean {
    return this.#held > HELD * this.size;
  }

  /** Undefined, or a promise to await before more is written. */
  ready(): Promise<void> | undefined {
    return this.#inFlight > IN_FLIGHT * this.size ? new Promise((go) => this.#waiting.push(go)) : undefined;
  }

  /** Lets everybody go: nothing arrives any more after an error. */
  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #keep(block: Buffer): void {
    if (block.length === this.size && this.#spare.length < SPARE) this.#spare.push(block);
  }
}
