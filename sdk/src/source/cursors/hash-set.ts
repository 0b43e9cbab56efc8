import { type Hash, hashed, hashText } from './hash.ts';

/** A set of keys, by their 64-bit hashes: 16 to 32 bytes each, whatever their length. */
export class HashSet {
  /** Pairs of lanes; 0, 0 is an empty slot. */
  #slots = new Uint32Array(2 * 256);
  size = 0;

  /** @returns false if it was there already */
  add(key: string): boolean {
    hashText(key);
    return this.addHash(hashed);
  }

  has(key: string): boolean {
    hashText(key);
    return this.hasHash(hashed);
  }

  /** `add` for a key that was hashed before. */
  addHash({ hi, lo }: Hash): boolean {
    return this.#insert(hi, lo === 0 ? 1 : lo);
  }

  hasHash({ hi, lo }: Hash): boolean {
    return this.#slots[this.#find(hi, lo === 0 ? 1 : lo) + 1] !== 0;
  }

  #insert(hi: number, lo: number): boolean {
    const at = this.#find(hi, lo);
    if (this.#slots[at + 1] !== 0) return false;
    this.#slots[at] = hi;
    this.#slots[at + 1] = lo;
    this.size++;
    if (4 * this.size > this.#slots.length) this.#grow();
    return true;
  }

  /** Where the pair is, or the empty slot where it belongs. */
  #find(hi: number, lo: number): number {
    const slots = this.#slots;
    const most = slots.length - 1;
    let at = (2 * lo) & most;
    while (slots[at + 1] !== 0 && (slots[at] !== hi || slots[at + 1] !== lo)) at = (at + 2) & most;
    return at;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    this.size = 0;
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) this.#insert(old[at]!, old[at + 1]!);
  }
}
