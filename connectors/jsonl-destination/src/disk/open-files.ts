import type { FileHandle } from 'node:fs/promises';
import { openRegular } from './regular-file.ts';

interface Entry {
  readonly handle: Promise<FileHandle>;
  busy: number;
}

/**
 * Handles of the files being written, at most so many at a time: a run may have more streams than a process
 * may have files. A file that has to give up its handle is synced first; the error of a delayed write is told
 * to handles that were open when it happened, and would be lost with the last of them.
 */
export class OpenFiles {
  readonly #limit: number;
  /** In the order of use, oldest first. */
  readonly #open = new Map<string, Entry>();

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** Calls `work` with a handle of an existing file. */
  async use<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const entry = this.#open.get(path) ?? { handle: openRegular(path, 'r+'), busy: 0 };
    this.#open.delete(path);
    this.#open.set(path, entry);
    entry.busy++;
    try {
      return await work(await entry.handle);
    } finally {
      entry.busy--;
      await this.#shrink();
    }
  }

  async close(path: string): Promise<void> {
    const entry = this.#open.get(path);
    if (!entry) return;
    this.#open.delete(path);
    await (await entry.handle).close();
  }

  /** Gives everything back, whatever state it is in: for the way out after an error. */
  async closeAll(): Promise<void> {
    for (const path of [...this.#open.keys()]) await this.close(path).catch(() => undefined);
  }

  async #shrink(): Promise<void> {
    for (const [path, entry] of this.#open) {
      if (this.#open.size <= this.#limit) return;
      if (entry.busy > 0) continue;
      this.#open.delete(path);
      const handle = await entry.handle;
      await handle.sync();
      await handle.close();
    }
  }
}
