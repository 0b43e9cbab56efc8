import { Buffer } from 'node:buffer';
import type { Chunk } from '../files/chunk.ts';
import type { Codec } from '../files/codec.ts';
import { add, tally } from '../files/tally.ts';
import type { FileLength } from '../journal/journal-rows.ts';

const BLOCK = 1 << 20;

/** Writes lines again, into new files one after the other. They count from a switch on, which the caller makes. */
export class NewFiles {
  readonly #open: () => Promise<Chunk>;
  readonly #codec: Codec;
  readonly #maxBytes: number;
  readonly #blockBytes: number;
  readonly #chunks: Chunk[] = [];
  #block: Buffer[] = [];
  #lines = tally();

  /**
   * @param open makes the next file
   * @param maxBytes compressed; where blocks of a frame are not yet known, they count as they are
   */
  constructor(open: () => Promise<Chunk>, codec: Codec, maxBytes: number) {
    this.#open = open;
    this.#codec = codec;
    this.#maxBytes = maxBytes;
    this.#blockBytes = Math.min(BLOCK, maxBytes);
  }

  /** Some whole lines of a file that is replaced; its times are taken over. */
  async add(
    bytes: Buffer,
    records: number,
    { firstEmittedAt, lastEmittedAt, ingestedAt }: FileLength,
  ): Promise<void> {
    this.#block.push(bytes);
    add(this.#lines, { records, bytes: bytes.length, firstEmittedAt, lastEmittedAt, ingestedAt });
    if (this.#lines.bytes >= this.#blockBytes) await this.#write();
  }

  /** Makes all of it durable. */
  async seal(): Promise<Chunk[]> {
    await this.#write();
    await this.#finishLast();
    return this.#chunks;
  }

  /** Takes it off the disk again. @returns the files' rows, which are of no use any more */
  async abandon(): Promise<number[]> {
    for (const chunk of this.#chunks) await chunk.remove();
    return this.#chunks.map(({ id }) => id);
  }

  async #write(): Promise<void> {
    if (this.#block.length === 0) return;
    const lines = this.#lines;
    const block = Buffer.concat(this.#block);
    this.#block = [];
    this.#lines = tally();
    const bytes = this.#codec.kind === 'blocks' ? await this.#codec.encode(block) : block;
    let chunk = this.#chunks.at(-1);
    if (!chunk || chunk.length.compressedBytes + bytes.length > this.#maxBytes) {
      await this.#finishLast();
      chunk = await this.#open();
      this.#chunks.push(chunk);
    }
    await chunk.write(bytes, lines);
  }

  async #finishLast(): Promise<void> {
    const chunk = this.#chunks.at(-1);
    if (!chunk) return;
    await chunk.seal();
    await chunk.sync();
    await chunk.close();
  }
}
