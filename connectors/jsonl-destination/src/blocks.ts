import { Buffer } from 'node:buffer';

/** A block is compressed and written at once. */
export const BLOCK = 1 << 20;
const SMALLEST = 1 << 14;
/** So many bytes of blocks may be on their way to the disk (invariant 8). */
const IN_FLIGHT = 8 * BLOCK;
/** So many may be held by streams whose block is not full yet. */
const HELD = 64 * BLOCK;
const SPARE = 8;

/** The memory that records wait in, over all streams: bounded, whatever the number of streams (invariant 8). */
export class Blocks {
  #spare: Buffer[] = [];
  #held = 0;
  #inFlight = 0;
  #waiting: Array<() => void> = [];

  /** A buffer of at least `size` bytes. */
  take(size: number): Buffer {
    let length = SMALLEST;
    while (length < size && length < BLOCK) length *= 2;
    if (length < size) length = size;
    this.#held += length;
    return (length === BLOCK ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
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
    if (this.#inFlight <= IN_FLIGHT / 2) for (const go of this.#waiting.splice(0)) go();
  }

  /** It is not needed after all. */
  giveBack(block: Buffer): void {
    this.#held -= block.length;
    this.#keep(block);
  }

  get tooManyHeld(): boolean {
    return this.#held > HELD;
  }

  /** Undefined, or a promise to await before more is written. */
  ready(): Promise<void> | undefined {
    return this.#inFlight > IN_FLIGHT ? new Promise((go) => this.#waiting.push(go)) : undefined;
  }

  /** Lets everybody go: nothing arrives any more after an error. */
  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #keep(block: Buffer): void {
    if (block.length === BLOCK && this.#spare.length < SPARE) this.#spare.push(block);
  }
}
