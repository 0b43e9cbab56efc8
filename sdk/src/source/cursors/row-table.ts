import type { Hash } from './hash.ts';

/** A remembered row. */
export interface Remembered {
  time: number;
  /** The checksum of its bytes; NaN: they were not read. */
  mark: number;
}

const SMALLEST = 64;

/**
 * Rows by the hashes of their keys, in columns. With one object per row, which outlives a few pages, the garbage collector
 * would let responses pile up and scan everything, which costs a tenth of a read.
 */
export class RowTable {
  /** Pairs of lanes; 0, 0 is an empty slot. */
  #hashes = new Uint32Array(2 * SMALLEST);
  #times = new Float64Array(SMALLEST);
  #marks = new Float64Array(SMALLEST);
  size = 0;

  /** Copies a row into `into`. @returns whether the table has it */
  get(hash: Hash, into: Remembered): boolean {
    const at = this.#find(hash.hi, hash.lo);
    if (this.#isEmpty(at)) return false;
    into.time = this.#times[at]!;
    into.mark = this.#marks[at]!;
    return true;
  }

  set({ hi, lo }: Hash, time: number, mark: number): void {
    const at = this.#find(hi, lo);
    const isNew = this.#isEmpty(at);
    this.#hashes[2 * at] = hi;
    this.#hashes[2 * at + 1] = lo;
    this.#times[at] = time;
    this.#marks[at] = mark;
    if (isNew && 2 * ++this.size > this.#times.length) this.#grow();
  }

  #isEmpty(at: number): boolean {
    return this.#hashes[2 * at] === 0 && this.#hashes[2 * at + 1] === 0;
  }

  /** Where the pair is, or the empty slot where it belongs. */
  #find(hi: number, lo: number): number {
    const hashes = this.#hashes;
    const most = this.#times.length - 1;
    let at = lo & most;
    while (!this.#isEmpty(at) && (hashes[2 * at] !== hi || hashes[2 * at + 1] !== lo)) at = (at + 1) & most;
    return at;
  }

  #grow(): void {
    const [hashes, times, marks] = [this.#hashes, this.#times, this.#marks];
    const slots = 2 * times.length;
    this.#hashes = new Uint32Array(2 * slots);
    this.#times = new Float64Array(slots);
    this.#marks = new Float64Array(slots);
    this.size = 0;
    for (let at = 0; at < times.length; at++) {
      const [hi, lo] = [hashes[2 * at]!, hashes[2 * at + 1]!];
      if (hi !== 0 || lo !== 0) this.set({ hi, lo }, times[at]!, marks[at]!);
    }
  }
}
