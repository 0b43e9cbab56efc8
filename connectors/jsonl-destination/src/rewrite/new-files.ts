import { Buffer } from 'node:buffer';
import type { Chunk } from '../files/chunk.ts';
import type { Codec } from '../files/codec.ts';
import { add, tally } from '../files/tally.ts';
import type { FileLength } from '../journal/journal-rows.ts';

const BLOCK = 1 << 20;

/** Writes lines to new files. They count after the caller's transaction. */
export class NewFiles {
  readonly #open: () => Promise<Chunk>;
  readonly #codec: Codec;
  readonly #maxBytes: number;
  readonly #blockBytes: number;
  readonly #chunks: Chunk[] = [];
  #block: Buffer[] = [];
  #lines = tally();

  /**
   * @param open creates the next file
   * @param maxBytes compressed; blocks of a frame whose compressed size is not yet known count uncompressed
   */
  constructor(open: () => Promise<Chunk>, codec: Codec, maxBytes: number) {
    this.#open = open;
    this.#codec = codec;
    this.#maxBytes = maxBytes;
    this.#blockBytes = Math.min(BLOCK, maxBytes);
  }

  /** Complete lines of a file that is replaced. Its times are kept. */
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

  /** Deletes the new files. @returns their rows, which are no longer needed */
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
