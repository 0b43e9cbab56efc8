import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from './durable.ts';
import type { FileLength } from './journal-rows.ts';
import type { OpenFiles } from './open-files.ts';

/** What a run of lines adds to a file. */
export interface Lines {
  readonly records: number;
  readonly bytes: number;
  readonly firstEmittedAt: number | null;
  readonly lastEmittedAt: number | null;
}

/** One file being written. All positions are of the file, so compressed bytes where it is compressed. */
export class Chunk {
  /** Its row in the journal. */
  readonly id: number;
  /** The final name, relative to the root. */
  readonly path: string;
  readonly root: string;
  readonly flat: boolean;
  /** What was written so far. */
  length: FileLength;
  /** Nothing more will be written to it. */
  full = false;
  #synced: boolean;
  readonly #files: OpenFiles;

  constructor(options: {
    id: number;
    root: string;
    path: string;
    flat: boolean;
    length: FileLength;
    files: OpenFiles;
  }) {
    this.id = options.id;
    this.root = options.root;
    this.path = options.path;
    this.flat = options.flat;
    this.length = options.length;
    this.#files = options.files;
    this.#synced = true;
  }

  /** Where it is now: `flat` files have their final name from the start. */
  get diskPath(): string {
    return join(this.root, this.flat ? this.path : `${this.path}.open`);
  }

  get finalPath(): string {
    return join(this.root, this.path);
  }

  async append(bytes: Uint8Array, lines: Lines): Promise<void> {
    const start = this.length.compressedBytes;
    await this.#files.use(this.diskPath, async (handle) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, start + done);
        done += bytesWritten;
      }
    });
    // Now, and not before: a sync that ran meanwhile did not cover it.
    this.#synced = false;
    this.length = {
      records: this.length.records + lines.records,
      bytes: this.length.bytes + lines.bytes,
      compressedBytes: start + bytes.length,
      firstEmittedAt: least(this.length.firstEmittedAt, lines.firstEmittedAt),
      lastEmittedAt: most(this.length.lastEmittedAt, lines.lastEmittedAt),
    };
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

  /** Takes it back to an earlier length. */
  async cut(length: FileLength): Promise<void> {
    await this.#files.use(this.diskPath, (handle) => handle.truncate(length.compressedBytes));
    this.length = length;
    this.#synced = false;
  }

  async close(): Promise<void> {
    await this.#files.close(this.diskPath);
  }

  /** Takes it off the disk. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.diskPath, { force: true });
    await syncDirectory(dirname(this.diskPath));
  }
}

function least(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b < a) ? b : a;
}

function most(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}
