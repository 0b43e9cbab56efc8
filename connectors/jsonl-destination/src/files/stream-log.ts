import type { Buffer } from 'node:buffer';
import type { RecordLine } from '@headrace/sdk/protocol';
import type { InTurn } from '../disk/turns.ts';
import type { Wrapping } from '../lines/envelope.ts';
import type { Blocks } from './blocks.ts';
import type { Chunk, Lines } from './chunk.ts';
import { type ChunkChange, chunkChanges, type Position } from './chunk-changes.ts';
import type { Codec } from './codec.ts';
import { add, count, tally } from './tally.ts';

/** What a stream's lines need from the destination. */
export interface LogEnv {
  readonly blocks: Blocks;
  readonly codec: Codec;
  readonly maxFileBytes: number;
  /** What opens files: all streams may have work at once, and a process may have few files open. */
  readonly inTurn: InTurn;
  /** Opens the stream's next file. */
  openChunk(): Promise<Chunk>;
  /** Takes a file away that was never committed. */
  removeChunk(chunk: Chunk): Promise<void>;
  /** A file of a frame was written to: those that were not for long may have to be closed. */
  onFrameUsed(log: StreamLog): void;
  /** Something could not be written. The run is over. */
  onFailure(error: unknown): void;
  readonly now: () => number;
}

/** A place between two lines: behind a member that was written, in which file and at what length. */
interface Boundary {
  /** Resolves when it is written; from then on `end` is known. */
  done: Promise<void>;
  end: Position;
}

const NOWHERE: Position = { chunk: undefined, length: undefined };

/** A commit's part of one stream: where the files stand once `ready` has resolved. */
export interface Prepared {
  readonly ready: Promise<void>;
  /**
   * Files whose durable length or status the commit changes; they are to be synced first.
   * @param complete the status of a file that is complete
   */
  changes(complete: 'closing' | 'held'): ChunkChange[];
  /** The commit is done: returns the files that are complete; they are closed. */
  committed(): Promise<void>;
}

/**
 * The lines of one stream on their way to files. Lines are gathered into blocks; a block becomes a member of
 * the file (a gzip member, or the lines themselves). Where a state stood a member ends, as soon as a commit
 * needs it: what follows the state is not covered by it and waits in memory or behind the committed length.
 */
export class StreamLog {
  readonly #env: LogEnv;
  #block: Buffer | undefined;
  #used = 0;
  /** Lines up to the mark in this block, and behind it; -1: the mark stands before this block. */
  #markAt = -1;
  #marked = tally();
  #behind = tally();
  /** The last member sent off, and the one that the last mark stands behind. */
  #tail: Boundary = { done: Promise.resolve(), end: NOWHERE };
  #mark: Boundary = this.#tail;
  #committed: Boundary = this.#tail;
  /** A stream that filled a block gets a whole one again. */
  #wanted = 0;
  /** Files not yet complete and committed, in order; the last one grows. */
  #chunks: Chunk[] = [];

  /** @param chunk where a growing file (layout flat) stands already */
  constructor(env: LogEnv, chunk?: Chunk) {
    this.#env = env;
    if (!chunk) return;
    this.#chunks = [chunk];
    this.#tail.end = { chunk, length: chunk.length };
  }

  /** Adds a line: `head`, the record's data, `tail` and a newline. @param ingestedAt ms since 1970 */
  append({ head, tail, overBrace }: Wrapping, record: RecordLine, ingestedAt: number): void {
    const { bytes, from, to } = record;
    // Where the head takes the place of the data's opening brace it is written over it.
    const skip = overBrace ? 1 : 0;
    const size = head.length + to - from - skip + tail.length + 1;
    const block = this.#room(size);
    const at = this.#used;
    // Not `set`: into memory that threads share it goes byte by byte.
    bytes.copy(block, at + head.length - skip, from, to);
    head.copy(block, at);
    if (tail.length > 0) tail.copy(block, at + size - 1 - tail.length);
    block[at + size - 1] = 0x0a;
    this.#used = at + size;
    count(this.#behind, size, record.emittedAt, ingestedAt);
  }

  /** A state stands behind the last line. */
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
   * The file that is being written ends behind what was sent off and marked so far, and the next line begins
   * another one; a growing file has no end.
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

  /** Sends off everything that waits in memory, because there is too little of it. */
  spill(): void {
    this.#wanted = 0;
    this.#sendMarked();
    if (this.#used > 0) this.#send(this.#behind, this.#used);
    this.#giveBack();
  }

  /** Takes the stream's part in a commit that reaches to where the mark stands now. */
  prepare(): Prepared {
    this.#sendMarked();
    const mark = this.#mark;
    // As the journal is told: one that is sealed while the commit runs is a matter of the next one.
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

  /** Forgets what follows the mark. */
  async rollBack(): Promise<void> {
    this.#sendMarked();
    this.#used = 0;
    this.#behind = tally();
    this.#giveBack();
    const before = this.#tail;
    const mark = this.#mark;
    // A link of the chain: a file is not sealed while it is cut.
    const cut: Boundary = { done: before.done, end: NOWHERE };
    cut.done = before.done.then(async () => {
      await this.#takeBack(mark.end);
      cut.end = mark.end;
    });
    this.#mark = cut;
    this.#tail = cut;
    await cut.done;
  }

  /** Resolves when nothing is on its way to a file any more, written or failed. */
  async settled(): Promise<void> {
    await this.#tail.done.catch(() => undefined);
  }

  /** The files that it has open are given back. */
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

  /** The block is full. What follows the mark goes along if it is worth a member of its own. */
  #sendFull(): void {
    this.#wanted = this.#env.blocks.size;
    this.#sendMarked();
    if (this.#used > this.#env.blocks.size / 2) this.#send(this.#behind, this.#used);
  }

  /** Sends off the lines up to the mark, so that a member ends there; those behind it move to a new block. */
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
    // The chain below awaits it in its turn; until then a failure must not count as unhandled.
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

/** A file ends before it is too long. What a block will be in a frame is not known before: what the file was so far tells. */
function isFull({ length, holdsFrame }: Chunk, block: Buffer, maxFileBytes: number): boolean {
  const { bytes, compressedBytes } = length;
  const more = holdsFrame ? (block.length * compressedBytes) / bytes : block.length;
  return compressedBytes > 0 && compressedBytes + more > maxFileBytes;
}
