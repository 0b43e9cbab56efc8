import type { Buffer } from 'node:buffer';
import type { Blocks } from './blocks.ts';
import type { Chunk, Lines } from './chunk.ts';
import type { Encode } from './codec.ts';
import type { FileChange, FileLength } from './journal-rows.ts';

/** What a stream's lines need from the destination. */
export interface LogEnv {
  readonly blocks: Blocks;
  readonly encode: Encode;
  readonly maxFileBytes: number;
  /** Opens the stream's next file. */
  openChunk(): Promise<Chunk>;
  /** Takes a file away that was never committed. */
  removeChunk(chunk: Chunk): Promise<void>;
  /** Something could not be written. The run is over. */
  onFailure(error: unknown): void;
}

/** A place between two lines: behind a member that was written, in which file and at what length. */
interface Member {
  /** Resolves when it is written; from then on `end` is known. */
  done: Promise<void>;
  end: Position;
}

interface Position {
  readonly chunk: Chunk | undefined;
  readonly length: FileLength | undefined;
}

const NOWHERE: Position = { chunk: undefined, length: undefined };

/** A commit's part of one stream: where the files stand once `ready` has resolved. */
export interface Prepared {
  readonly ready: Promise<void>;
  /** Files whose durable length or status the commit changes; they are to be synced first. */
  changes(): Array<{ chunk: Chunk; change: FileChange }>;
  /** The commit is done: returns the files that are complete and wait for their final name. */
  committed(): Chunk[];
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
  #tail: Member = { done: Promise.resolve(), end: NOWHERE };
  #mark: Member = this.#tail;
  #committed: Member = this.#tail;
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

  /** One line: `head`, then `data` from its second byte on where `head` takes the place of its brace, then a newline. */
  append(head: Uint8Array, data: Uint8Array, emittedAt: number | undefined): void {
    // The head is written over the data's opening brace: no slice has to be made.
    const skip = head.length > 0 ? 1 : 0;
    const size = head.length + data.length - skip + 1;
    const block = this.#room(size);
    const at = this.#used;
    block.set(data, at + head.length - skip);
    block.set(head, at);
    block[at + size - 1] = 0x0a;
    this.#used = at + size;
    count(this.#behind, size, emittedAt);
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
    return {
      ready: mark.done,
      changes: () => this.#changes(mark.end),
      committed: () => {
        this.#committed = mark;
        const complete = this.#complete(mark.end);
        this.#chunks = this.#chunks.filter((chunk) => !complete.includes(chunk));
        return complete;
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
    await this.#tail.done;
    const { chunk, length } = this.#mark.end;
    const kept = chunk ? this.#chunks.indexOf(chunk) + 1 : 0;
    for (const later of this.#chunks.splice(kept)) await this.#env.removeChunk(later);
    if (chunk && length && this.#chunks.includes(chunk) && chunk.length !== length) await chunk.cut(length);
    this.#tail = this.#mark;
  }

  /** Resolves when nothing is on its way to a file any more, written or failed. */
  async settled(): Promise<void> {
    await this.#tail.done.catch(() => undefined);
  }

  /** After the last commit: the files that are left. */
  rest(): Chunk[] {
    return this.#chunks.splice(0);
  }

  #changes({ chunk: last, length }: Position): Array<{ chunk: Chunk; change: FileChange }> {
    if (!last || !length) return [];
    const out: Array<{ chunk: Chunk; change: FileChange }> = [];
    for (const chunk of this.#chunks) {
      const status = chunk.flat
        ? 'flat'
        : chunk !== last || this.#isComplete(chunk, length)
          ? 'closing'
          : 'open';
      out.push({ chunk, change: { id: chunk.id, length: chunk === last ? length : chunk.length, status } });
      if (chunk === last) break;
    }
    return out;
  }

  /** A full file keeps its `.open` until a commit covers all of it. */
  #complete({ chunk: last, length }: Position): Chunk[] {
    if (!last || !length) return [];
    const upTo = this.#chunks.indexOf(last);
    return this.#chunks.filter((chunk, i) => i < upTo || (chunk === last && this.#isComplete(chunk, length)));
  }

  #isComplete(chunk: Chunk, length: FileLength): boolean {
    return chunk.full && chunk.length.compressedBytes === length.compressedBytes;
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
    const { blocks, encode, onFailure } = this.#env;
    const block = this.#block!;
    const rest = this.#used - length;
    this.#block = undefined;
    if (rest > 0) {
      this.#block = blocks.take(rest);
      block.copy(this.#block, 0, length, this.#used);
    } else this.#behind = tally();
    this.#used = rest;
    blocks.sent(block);
    const encoded = encode(block.subarray(0, length));
    // The chain below awaits it in its turn; until then a failure must not count as unhandled.
    encoded.catch(() => undefined);
    const before = this.#tail;
    const member: Member = { done: before.done, end: NOWHERE };
    member.done = before.done.then(async () => {
      const bytes = await encoded;
      member.end = await this.#place(bytes, lines);
      blocks.arrived(block);
    });
    member.done.catch(onFailure);
    this.#tail = member;
  }

  async #place(bytes: Uint8Array, lines: Lines): Promise<Position> {
    let chunk = this.#chunks.at(-1);
    const tooLong =
      chunk &&
      !chunk.flat &&
      chunk.length.compressedBytes > 0 &&
      chunk.length.compressedBytes + bytes.length > this.#env.maxFileBytes;
    if (chunk && tooLong) chunk.full = true;
    if (!chunk || chunk.full) {
      chunk = await this.#env.openChunk();
      this.#chunks.push(chunk);
    }
    await chunk.append(bytes, lines);
    return { chunk, length: chunk.length };
  }

  #giveBack(): void {
    if (this.#block && this.#used === 0) {
      this.#env.blocks.giveBack(this.#block);
      this.#block = undefined;
    }
  }
}

type Tally = { -readonly [K in keyof Lines]: Lines[K] };

function tally(): Tally {
  return { records: 0, bytes: 0, firstEmittedAt: null, lastEmittedAt: null };
}

function count(into: Tally, size: number, emittedAt: number | undefined): void {
  into.records++;
  into.bytes += size;
  if (emittedAt === undefined) return;
  if (into.firstEmittedAt === null || emittedAt < into.firstEmittedAt) into.firstEmittedAt = emittedAt;
  if (into.lastEmittedAt === null || emittedAt > into.lastEmittedAt) into.lastEmittedAt = emittedAt;
}

function add(into: Tally, other: Tally): void {
  into.records += other.records;
  into.bytes += other.bytes;
  for (const time of [other.firstEmittedAt, other.lastEmittedAt]) {
    if (time === null) continue;
    if (into.firstEmittedAt === null || time < into.firstEmittedAt) into.firstEmittedAt = time;
    if (into.lastEmittedAt === null || time > into.lastEmittedAt) into.lastEmittedAt = time;
  }
}
