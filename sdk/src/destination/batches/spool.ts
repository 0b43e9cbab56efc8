import { Buffer } from 'node:buffer';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransientError } from '../../errors.ts';

/**
 * A frame: the lengths of data and meta (4 bytes each, meta −1 if none), emitted and ingested at (doubles), data, meta.
 */
const HEAD = 24;
const FIRST_BLOCK = 1 << 12;
const BLOCK = 1 << 20;

/** A waiting record. */
export interface Spooled {
  readonly data: Buffer;
  readonly meta: Buffer | undefined;
  readonly emittedAt: number | undefined;
  readonly ingestedAt: number;
}

/** Consecutive frames, in memory or in the file. */
type Block = { bytes: Buffer; used: number } | { readonly at: number; readonly used: number };

/** A place between two records, as the number of bytes of all frames before it. */
export type Position = number;

/** The memory that all spools share. What exceeds it goes to disk (invariant 8). */
export class SpoolMemory {
  readonly #most: number;
  readonly #spools = new Set<Spool>();
  #held = 0;

  constructor(most = 64_000_000) {
    this.#most = most;
  }

  open(): Spool {
    const spool = new Spool((bytes) => {
      this.#held += bytes;
    });
    this.#spools.add(spool);
    return spool;
  }

  /** Called from time to time: moves waiting records to disk if there are too many. */
  spill(): void {
    if (this.#held > this.#most) for (const spool of this.#spools) spool.spill();
  }

  close(): void {
    for (const spool of this.#spools) spool.close();
    this.#spools.clear();
  }
}

/**
 * Records of a stream that wait for a commit, in order. They can be read several times until they are dropped. The open
 * file has no name (except on Windows), so nothing of it is left after a kill.
 */
export class Spool {
  readonly #onHeld: (bytes: number) => void;
  #blocks: Block[] = [];
  /** Where the first block begins and the last one ends. */
  #start: Position = 0;
  #end: Position = 0;
  #file: { readonly fd: number; readonly folder: string; length: number } | undefined;

  constructor(onHeld: (bytes: number) => void) {
    this.#onHeld = onHeld;
  }

  /** After the last record. */
  get end(): Position {
    return this.#end;
  }

  /** Copies a record; `bytes[from, to)` are its data. */
  append(
    bytes: Buffer,
    from: number,
    to: number,
    { meta, emittedAt, ingestedAt }: { meta?: Uint8Array; emittedAt?: number; ingestedAt: number },
  ): void {
    const size = HEAD + to - from + (meta?.length ?? 0);
    const block = this.#room(size);
    const { bytes: into } = block;
    let at = block.used;
    into.writeUInt32LE(to - from, at);
    into.writeInt32LE(meta?.length ?? -1, at + 4);
    into.writeDoubleLE(emittedAt ?? Number.NaN, at + 8);
    into.writeDoubleLE(ingestedAt, at + 16);
    at += HEAD;
    at += bytes.copy(into, at, from, to);
    if (meta) into.set(meta, at);
    block.used += size;
    this.#end += size;
  }

  /** The records of a span. Each is valid until the next one is requested. */
  *read(from: Position, to: Position): Generator<Spooled> {
    let start = this.#start;
    for (const block of this.#blocks) {
      const end = start + block.used;
      if (end > from && start < to) {
        const bytes = this.#bytesOf(block);
        let at = Math.max(0, from - start);
        const stop = Math.min(block.used, to - start);
        while (at < stop) {
          const frame = frameAt(bytes, at);
          at = frame.end;
          yield frame;
        }
      }
      if (end >= to) return;
      start = end;
    }
  }

  /** Drops what is before a position. */
  drop(before: Position): void {
    while (this.#blocks[0] && this.#start + this.#blocks[0].used <= before) {
      const block = this.#blocks.shift()!;
      this.#start += block.used;
      if ('bytes' in block) this.#onHeld(-block.bytes.length);
    }
    if (this.#file && this.#file.length > 0 && !this.#blocks.some((block) => 'at' in block)) {
      ftruncateSync(this.#file.fd, 0);
      this.#file.length = 0;
    }
  }

  /** Drops what is after a position. */
  cut(behind: Position): void {
    while (this.#end > behind) {
      const block = this.#blocks.at(-1)!;
      const start = this.#end - block.used;
      if (start >= behind) {
        this.#blocks.pop();
        if ('bytes' in block) this.#onHeld(-block.bytes.length);
        this.#end = start;
      } else {
        const used = behind - start;
        this.#blocks[this.#blocks.length - 1] = { ...block, used };
        this.#end = behind;
      }
    }
  }

  /** Moves records from memory to the file. @throws TransientError if the disk is full */
  spill(): void {
    this.#blocks = this.#blocks.map((block) => {
      if (!('bytes' in block)) return block;
      const at = this.#write(block.bytes.subarray(0, block.used));
      this.#onHeld(-block.bytes.length);
      return { at, used: block.used };
    });
  }

  close(): void {
    if (!this.#file) return;
    closeSync(this.#file.fd);
    rmSync(this.#file.folder, { recursive: true, force: true });
    this.#file = undefined;
  }

  #room(size: number): { bytes: Buffer; used: number } {
    const last = this.#blocks.at(-1);
    if (last && 'bytes' in last && last.used + size <= last.bytes.length) return last;
    const before = last && 'bytes' in last ? last.bytes.length : 0;
    const bytes = Buffer.allocUnsafe(Math.max(size, Math.min(BLOCK, Math.max(FIRST_BLOCK, 2 * before))));
    const block = { bytes, used: 0 };
    this.#blocks.push(block);
    this.#onHeld(bytes.length);
    return block;
  }

  #bytesOf(block: Block): Buffer {
    if ('bytes' in block) return block.bytes;
    const bytes = Buffer.allocUnsafe(block.used);
    for (let done = 0; done < block.used; ) {
      const read = readSync(this.#file!.fd, bytes, done, block.used - done, block.at + done);
      if (read === 0) throw new Error('the file of waiting records is shorter than it was written');
      done += read;
    }
    return bytes;
  }

  #write(bytes: Buffer): number {
    try {
      this.#file ??= openFile();
      const at = this.#file.length;
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file.fd, bytes, done, bytes.length - done, at + done);
      this.#file.length = at + bytes.length;
      return at;
    } catch (error) {
      throw new TransientError(
        `records that wait for a commit cannot be stored: ${(error as Error).message}`,
        {
          code: 'destination.spool',
          place: tmpdir(),
          hint: 'free space in the folder for temporary files, or set TMPDIR to another one',
          cause: error,
        },
      );
    }
  }
}

function openFile(): { fd: number; folder: string; length: number } {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-spool-'));
  const path = join(folder, 'records');
  const fd = openSync(path, 'wx+', 0o600);
  if (process.platform !== 'win32') rmSync(folder, { recursive: true });
  return { fd, folder, length: 0 };
}

function frameAt(bytes: Buffer, at: number): Spooled & { readonly end: number } {
  const dataLength = bytes.readUInt32LE(at);
  const metaLength = bytes.readInt32LE(at + 4);
  const emittedAt = bytes.readDoubleLE(at + 8);
  const data = at + HEAD;
  const meta = data + dataLength;
  const end = meta + Math.max(0, metaLength);
  return {
    data: bytes.subarray(data, meta),
    meta: metaLength < 0 ? undefined : bytes.subarray(meta, end),
    emittedAt: Number.isNaN(emittedAt) ? undefined : emittedAt,
    ingestedAt: bytes.readDoubleLE(at + 16),
    end,
  };
}
