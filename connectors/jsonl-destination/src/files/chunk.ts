import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@headrace/sdk/files';
import { type FileHash, fileHash } from '../disk/file-hash.ts';
import { PRIVATE } from '../disk/modes.ts';
import type { OpenFiles } from '../disk/open-files.ts';
import { EMPTY, type FileLength } from '../journal/journal-rows.ts';
import { type Codec, ZstdFrame } from './codec.ts';
import { hashFile, recompress, SEALING } from './sealing.ts';

/** What a run of lines adds to a file. */
export type Lines = Omit<FileLength, 'compressedBytes'>;

interface ChunkOptions {
  readonly id: number;
  readonly root: string;
  readonly path: string;
  readonly codec: Codec;
  readonly files: OpenFiles;
  readonly mode?: number;
  /** A file that an earlier run has written to. */
  readonly length?: FileLength;
  /** It stands under its final name and has no end: layout flat. */
  readonly flat?: boolean;
  /** Behind the final name until then. */
  readonly suffix?: '.open' | '.open.sealing';
}

/** One file being written. All positions are of the file, so compressed bytes where it is compressed. */
export class Chunk {
  /** Its row in the journal. */
  readonly id: number;
  /** It stands under its final name and has no end: layout flat. */
  readonly flat: boolean;
  /** What was written so far. */
  length: FileLength;
  /** Nothing more will be written to it. */
  full = false;
  /** Of its bytes, once it is complete. */
  sha256: string | undefined;
  /** The final name. */
  readonly #path: string;
  /** Of a file that is written in its place. */
  readonly #mode: number;
  readonly #files: OpenFiles;
  readonly #codec: Codec;
  #suffix: '' | '.open' | '.open.sealing';
  #frame: ZstdFrame | undefined;
  /** Of what was written, from the first byte on. */
  #hash: FileHash | undefined;
  /** False where the file was cut, was begun by another run or has no end. */
  #hashes: boolean;
  #synced = true;

  constructor(options: ChunkOptions) {
    const {
      id,
      root,
      path,
      codec,
      files,
      length,
      mode = PRIVATE.file,
      flat = false,
      suffix = '.open',
    } = options;
    this.#mode = mode;
    this.id = id;
    this.flat = flat;
    this.length = length ?? EMPTY;
    this.#path = join(root, path);
    this.#files = files;
    this.#codec = codec;
    this.#suffix = flat ? '' : suffix;
    this.#hashes = !flat && !length;
  }

  /** Where it is until it gets its final name. */
  get diskPath(): string {
    return this.#path + this.#suffix;
  }

  /** A frame holds memory until it is ended. */
  get holdsFrame(): boolean {
    return this.#frame !== undefined;
  }

  /** @param block lines; encoded already where blocks are independent */
  async write(block: Buffer, lines: Lines): Promise<void> {
    if (this.#codec.kind === 'frame') {
      this.#frame ??= new ZstdFrame(this.#codec.level);
      await this.#append(await this.#frame.encode(block));
    } else await this.#append(block);
    const { compressedBytes } = this.length;
    this.length = { ...sum(this.length, lines), compressedBytes };
  }

  /** Nothing more comes. Called once, and again where it was cut since. */
  async seal(): Promise<void> {
    this.full = true;
    if (this.sha256 !== undefined) return;
    if (this.#frame) {
      await this.#append(await this.#frame.end());
      this.#endFrame();
    }
    this.sha256 = this.#hash ? await this.#hash.digest() : await hashFile(this.diskPath);
    this.#forgetHash();
  }

  /** Makes what was written so far durable (invariant 2). */
  async sync(): Promise<void> {
    if (this.#synced) return;
    // Before the sync: what is written while it runs is not covered by it.
    this.#synced = true;
    try {
      await this.#files.use(this.diskPath, (handle) => handle.sync());
    } catch (error) {
      this.#synced = false;
      throw error;
    }
  }

  /** Takes it back to an earlier length. A frame is written again beside it: the commit decides which one counts. */
  async cut(length: FileLength): Promise<void> {
    this.#forgetHash();
    this.sha256 = undefined;
    this.length = length;
    if (this.#codec.kind === 'frame') {
      this.#endFrame();
      // A commit that is under way counts on this file, not on the one beside it.
      await this.sync();
      await this.#files.close(this.diskPath);
      const to = this.diskPath + SEALING;
      const { compressedBytes, sha256 } = await recompress(this.diskPath, to, length, {
        level: this.#codec.level,
        mode: this.#mode,
      });
      await syncFolder(dirname(to));
      this.length = { ...length, compressedBytes };
      this.sha256 = sha256;
      this.full = true;
      this.#suffix = '.open.sealing';
      return;
    }
    await this.#files.use(this.diskPath, (handle) => handle.truncate(length.compressedBytes));
    this.#synced = false;
  }

  async close(): Promise<void> {
    this.#endFrame();
    await this.#files.close(this.diskPath);
  }

  /** Takes it off the disk. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.diskPath, { force: true });
    await syncFolder(dirname(this.diskPath));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const start = this.length.compressedBytes;
    if (this.#hashes) this.#hash ??= fileHash(bytes.length);
    const written = this.#files.use(this.diskPath, async (handle) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, start + done);
        done += bytesWritten;
      }
    });
    await Promise.all([written, this.#hash?.update(bytes)]);
    // Now, and not before: a sync that ran meanwhile did not cover it.
    this.#synced = false;
    this.length = { ...this.length, compressedBytes: start + bytes.length };
  }

  #forgetHash(): void {
    this.#hash = undefined;
    this.#hashes = false;
  }

  #endFrame(): void {
    this.#frame?.destroy();
    this.#frame = undefined;
  }
}

function sum(length: FileLength, lines: Lines): Lines {
  return {
    records: length.records + lines.records,
    bytes: length.bytes + lines.bytes,
    firstEmittedAt: least(length.firstEmittedAt, lines.firstEmittedAt),
    lastEmittedAt: most(length.lastEmittedAt, lines.lastEmittedAt),
    ingestedAt: most(length.ingestedAt, lines.ingestedAt),
  };
}

function least(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b < a) ? b : a;
}

function most(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}
