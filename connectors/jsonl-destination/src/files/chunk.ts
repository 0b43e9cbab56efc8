import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@headrace/sdk/files';
import { type FileHash, fileHash } from '../disk/file-hash.ts';
import { PRIVATE } from '../disk/modes.ts';
import type { OpenFiles } from '../disk/open-files.ts';
import { EMPTY, type FileLength } from '../journal/journal-rows.ts';
import { type Codec, ZstdFrame } from './codec.ts';
import { hashFile, recompress, SEALING } from './sealing.ts';

/** What some lines add to a file. */
export type Lines = Omit<FileLength, 'compressedBytes'>;

interface ChunkOptions {
  readonly id: number;
  readonly root: string;
  readonly path: string;
  readonly codec: Codec;
  readonly files: OpenFiles;
  readonly mode?: number;
  /** Set if an earlier run has written to the file. */
  readonly length?: FileLength;
  /** It stands under its final name and has no end: layout flat. */
  readonly flat?: boolean;
  /** The suffix of the final name until the file is complete. */
  readonly suffix?: '.open' | '.open.sealing';
}

/** A file being written. Positions are those in the file: of compressed bytes, if it is compressed. */
export class Chunk {
  /** Its row in the journal. */
  readonly id: number;
  /** It stands under its final name and has no end: layout flat. */
  readonly flat: boolean;
  /** What has been written so far. */
  length: FileLength;
  /** Whether it is full. */
  full = false;
  /** The sha256 of its bytes, once it is complete. */
  sha256: string | undefined;
  /** The final name. */
  readonly #path: string;
  /** Set for a file that is written to replace another. */
  readonly #mode: number;
  readonly #files: OpenFiles;
  readonly #codec: Codec;
  #suffix: '' | '.open' | '.open.sealing';
  #frame: ZstdFrame | undefined;
  /** The hash of everything written, from the first byte. */
  #hash: FileHash | undefined;
  /** False if the file was cut, was begun by another run, or grows without end. */
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

  /** Its path until it gets its final name. */
  get diskPath(): string {
    return this.#path + this.#suffix;
  }

  /** Whether a frame is open, which uses memory until it is ended. */
  get holdsFrame(): boolean {
    return this.#frame !== undefined;
  }

  /** @param block lines, already encoded if blocks are independent */
  async write(block: Buffer, lines: Lines): Promise<void> {
    if (this.#codec.kind === 'frame') {
      this.#frame ??= new ZstdFrame(this.#codec.level);
      await this.#append(await this.#frame.encode(block));
    } else await this.#append(block);
    const { compressedBytes } = this.length;
    this.length = { ...sum(this.length, lines), compressedBytes };
  }

  /** Ends the file. Called once, and again if it was cut since. */
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

  /** Makes everything written so far durable (invariant 2). */
  async sync(): Promise<void> {
    if (this.#synced) return;
    // Read before the sync, because it does not cover what is written while it runs.
    this.#synced = true;
    try {
      await this.#files.use(this.diskPath, (handle) => handle.sync());
    } catch (error) {
      this.#synced = false;
      throw error;
    }
  }

  /**
   * Cuts it to an earlier length. A frame is written again to a second file, and the commit decides which one counts.
   */
  async cut(length: FileLength): Promise<void> {
    this.#forgetHash();
    this.sha256 = undefined;
    this.length = length;
    if (this.#codec.kind === 'frame') {
      this.#endFrame();
      // A running commit refers to this file, not to the second one.
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

  /** Deletes it. */
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
    // Only now, because a sync that ran meanwhile did not cover it.
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
