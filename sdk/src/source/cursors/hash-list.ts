import { Buffer } from 'node:buffer';
import type { Hash } from './hash.ts';
import { HashSet } from './hash-set.ts';

/** Hashes for a state, 8 bytes each, and whether one is among them. */
export class HashList {
  readonly #most: number;
  readonly #set = new HashSet();
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** @param most how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns undefined if `saved` is not a result of `text()` */
  static from(saved: unknown, most: number): HashList | undefined {
    const list = new HashList(most);
    if (saved === undefined) return list;
    const bytes = typeof saved === 'string' ? Buffer.from(saved, 'base64url') : undefined;
    if (bytes === undefined || bytes.length % 8 !== 0) return undefined;
    for (let at = 0; at < bytes.length; at += 8)
      list.add({ hi: bytes.readUInt32BE(at), lo: bytes.readUInt32BE(at + 4) });
    return list;
  }

  /** @returns false if the list is full */
  add(hash: Hash): boolean {
    if (this.#set.hasHash(hash)) return true;
    if (this.size === this.#most) return false;
    this.#set.addHash(hash);
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes.writeUInt32BE(hash.hi, this.#length);
    this.#bytes.writeUInt32BE(hash.lo, this.#length + 4);
    this.#length += 8;
    return true;
  }

  has(hash: Hash): boolean {
    return this.#set.hasHash(hash);
  }

  get size(): number {
    return this.#length / 8;
  }

  text(): string {
    return this.#bytes.toString('base64url', 0, this.#length);
  }

  #grow(): void {
    const bigger = Buffer.alloc(Math.min(8 * this.#most, Math.max(2048, 2 * this.#length)));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
  }
}
