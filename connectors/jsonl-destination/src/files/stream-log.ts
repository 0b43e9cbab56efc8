import type { Buffer } from 'node:buffer';
import type { RecordLine } from '@headrace/sdk/protocol';
import type { InTurn } from '../disk/turns.ts';
import type { Wrapping } from '../lines/envelope.ts';
import type { Blocks } from './blocks.ts';
import type { Chunk, Lines } from './chunk.ts';
import { type ChunkChange, chunkChanges, type Position } from './chunk-changes.ts';
import type { Codec } from './codec.ts';
import { add, count, tally } from './tally.ts';

/** What a stream log needs from the destination. */
export interface LogEnv {
  readonly blocks: Blocks;
  readonly codec: Codec;
  readonly maxFileBytes: number;
  /** Opens files. All streams may write at the same time, but a process may have few files open. */
  readonly inTurn: InTurn;
  /** Opens the stream's next file. */
  openChunk(): Promise<Chunk>;
  /** Deletes a file that was never committed. */
  removeChunk(chunk: Chunk): Promise<void>;
  /** Called when a file with a frame was written to: others may have to be closed. */
  onFrameUsed(log: StreamLog): void;
  /** Called when something could not be written. The run is over. */
  onFailure(error: unknown): void;
  readonly now: () => number;
}

/** A place between two lines, after a member: the file, and its length there. */
interface Boundary {
  /** Resolves when the member is written. From then on, `end` is known. */
  done: Promise<void>;
  end: Position;
}

const NOWHERE: Position = { chunk: undefined, length: undefined };

/** A stream's part in a commit: the state of its files, once `ready` has resolved. */
export interface Prepared {
  readonly ready: Promise<void>;
  /**
   * Files whose durable length or status the commit changes. They must be synced first.
   * @param complete the status of a file that is complete
   */
  changes(complete: 'closing' | 'held'): ChunkChange[];
  /** Called after the commit. Returns the files that are complete, which are then closed. */
  committed(): Promise<void>;
}

/**
 * A stream's lines on their way to files. Lines are collected in blocks, and a block becomes a member of the file (a
 * gzip member, or the lines themselves). If a commit needs it, a member ends at a state: the lines after the state are
 * not covered by it, and wait in memory or after the committed length.
 */
export class StreamLog {
  readonly #env: LogEnv;
  #block: Buffer | undefined;
  #used = 0;
  /** Lines in this block up to the mark, and after it. -1: the mark is before this block. */
  #markAt = -1;
  #marked = tally();
  #behind = tally();
  /** The last member sent off, and the one before the last mark. */
  #tail: Boundary = { done: Promise.resolve(), end: NOWHERE };
  #mark: Boundary = this.#tail;
  #committed: Boundary = this.#tail;
  /** A stream that has filled a block gets a full-size one next time. */
  #wanted = 0;
  /** Files that are not yet complete and committed, in order. The last one grows. */
  #chunks: Chunk[] = [];

  /** @param chunk an existing growing file (layout flat) */
  constructor(env: LogEnv, chunk?: Chunk) {
    this.#env = env;
    if (!chunk) return;
    this.#chunks = [chunk];
    this.#tail.end = { chunk, length: chunk.length };
  }

  /** Adds a line: `head`, the record's data, `tail` and a newline. @param ingestedAt ms since 1970 */
  append({ head, tail, overBrace }: Wrapping, record: RecordLine, ingestedAt: number): void {
    const { bytes, from, to } = record;
    // If the head replaces the data's opening brace, it is written over it.
    const skip = overBrace ? 1 : 0;
    const size = head.length + to - from - skip + tail.length + 1;
    const block = this.#room(size);
    const at = this.#used;
    // Not `set`, which copies byte by byte to memory shared between threads.
    bytes.copy(block, at + head.length - skip, from, to);
    head.copy(block, at);
    if (tail.length > 0) tail.copy(block, at + size - 1 - tail.length);
    block[at + size - 1] = 0x0a;
    this.#used = at + size;
    count(this.#behind, size, record.emittedAt, ingestedAt);
  }

  /** Marks a state after the last line. */
  mark(): void {
    if (this.#used === 0) {
      this.#mark = this.#tail;
      return;
    }
    this.#markAt = this.#used;
    add(this.#marked, this.#behind);
    this.#behind = tally();
  }

  /**
   * Ends the current file after what was sent off and marked so far. The next line begins another one. A growing file
   * has no end.
   */
  seal(): void {
    this.#sendMarked();
    const before = this.#tail;
    const sealed: Boundary = { done: before.done, end: NOWHERE };
    sealed.done = before.done.then(async () => {
      const chunk = this.#chunks.at(-1);
      if (chunk && !chunk.flat) await this.#env.inTurn(() => chunk.seal());
      sealed.end = chunk ? { chunk, length: chunk.length } : before.end;
    });
    sealed.done.catch(this.#env.onFailure);
    if (this.#mark === before) this.#mark = sealed;
    this.#tail = sealed;
  }

  /** Sends off all waiting lines, because memory is short. */
  spill(): void {
    this.#wanted = 0;
    this.#sendMarked();
    if (this.#used > 0) this.#send(this.#behind, this.#used);
    this.#giveBack();
  }

  /** The stream's part in a commit, up to the current mark. */
  prepare(): Prepared {
    this.#sendMarked();
    const mark = this.#mark;
    // As the journal will have it: a file sealed while the commit runs belongs to the next one.
    let complete: readonly Chunk[] = [];
    return {
      ready: mark.done,
      changes: (status) => {
        const changes = chunkChanges(this.#chunks, mark.end, status, this.#env.now());
        complete = changes.filter(({ change }) => change.sealed).map(({ chunk }) => chunk);
        return changes;
      },
      committed: async () => {
        this.#committed = mark;
        this.#chunks = this.#chunks.filter((chunk) => !complete.includes(chunk));
        for (const chunk of complete) await chunk.close();
      },
    };
  }

  /** Whether anything new is covered. */
  get dirty(): boolean {
    return this.#markAt >= 0 || this.#mark !== this.#committed;
  }

  /** Drops what follows the mark. */
  async rollBack(): Promise<void> {
    this.#sendMarked();
    this.#used = 0;
    this.#behind = tally();
    this.#giveBack();
    const before = this.#tail;
    const mark = this.#mark;
    // In the chain, so that a file is not sealed while it is being cut.
    const cut: Boundary = { done: before.done, end: NOWHERE };
    cut.done = before.done.then(async () => {
      await this.#takeBack(mark.end);
      cut.end = mark.end;
    });
    this.#mark = cut;
    this.#tail = cut;
    await cut.done;
  }

  /** Resolves when nothing is on its way to a file any more, whether written or failed. */
  async settled(): Promise<void> {
    await this.#tail.done.catch(() => undefined);
  }

  /** Closes its open files. */
  async close(): Promise<void> {
    for (const chunk of this.#chunks) await chunk.close();
  }

  async #takeBack({ chunk, length }: Position): Promise<void> {
    const kept = chunk ? this.#chunks.indexOf(chunk) + 1 : 0;
    for (const later of this.#chunks.splice(kept)) await this.#env.removeChunk(later);
    if (chunk && length && this.#chunks.includes(chunk) && chunk.length.bytes !== length.bytes)
      await chunk.cut(length);
  }

  #room(size: number): Buffer {
    const block = this.#block;
    if (block && this.#used + size <= block.length) return block;
    const full = this.#env.blocks.size;
    if (block && this.#used + size > full) this.#sendFull();
    const bigger = this.#env.blocks.take(
      Math.max(this.#used + size, this.#wanted, Math.min(full, 2 * this.#used)),
    );
    if (this.#block) {
      this.#block.copy(bigger, 0, 0, this.#used);
      this.#env.blocks.giveBack(this.#block);
    }
    this.#block = bigger;
    return bigger;
  }

  /** Called when the block is full. Lines after the mark become a separate member if there are enough of them. */
  #sendFull(): void {
    this.#wanted = this.#env.blocks.size;
    this.#sendMarked();
    if (this.#used > this.#env.blocks.size / 2) this.#send(this.#behind, this.#used);
  }

  /** Sends off the lines up to the mark, so that a member ends there. The others move to a new block. */
  #sendMarked(): void {
    if (this.#markAt < 0) return;
    this.#send(this.#marked, this.#markAt);
    this.#mark = this.#tail;
    this.#marked = tally();
    this.#markAt = -1;
  }

  /** Sends off the first `length` bytes of the block. */
  #send(lines: Lines, length: number): void {
    const { blocks, codec, onFailure } = this.#env;
    const block = this.#block!;
    const rest = this.#used - length;
    this.#block = undefined;
    if (rest > 0) {
      this.#block = blocks.take(rest);
      block.copy(this.#block, 0, length, this.#used);
    } else this.#behind = tally();
    this.#used = rest;
    blocks.sent(block);
    const raw = block.subarray(0, length);
    const encoded = codec.kind === 'blocks' ? codec.encode(raw) : Promise.resolve(raw);
    // Awaited later, in the chain below. Until then, an error must not count as unhandled.
    encoded.catch(() => undefined);
    const before = this.#tail;
    const member: Boundary = { done: before.done, end: NOWHERE };
    member.done = before.done.then(async () => {
      const bytes = await encoded;
      member.end = await this.#env.inTurn(() => this.#place(bytes, lines));
      blocks.arrived(block);
    });
    member.done.catch(onFailure);
    this.#tail = member;
  }

  async #place(block: Buffer, lines: Lines): Promise<Position> {
    const { maxFileBytes, onFrameUsed } = this.#env;
    let chunk = this.#chunks.at(-1);
    if (chunk && !chunk.flat && !chunk.full && isFull(chunk, block, maxFileBytes)) await chunk.seal();
    if (!chunk || chunk.full) {
      chunk = await this.#env.openChunk();
      this.#chunks.push(chunk);
    }
    await chunk.write(block, lines);
    if (chunk.holdsFrame) onFrameUsed(this);
    return { chunk, length: chunk.length };
  }

  #giveBack(): void {
    if (this.#block && this.#used === 0) {
      this.#env.blocks.giveBack(this.#block);
      this.#block = undefined;
    }
  }
}

/**
 * Whether to end the file before a block makes it too long. The compressed size of a block in a frame is estimated from
 * the file so far.
 */
function isFull({ length, holdsFrame }: Chunk, block: Buffer, maxFileBytes: number): boolean {
  const { bytes, compressedBytes } = length;
  const more = holdsFrame ? (block.length * compressedBytes) / bytes : block.length;
  return compressedBytes > 0 && compressedBytes + more > maxFileBytes;
}
