import type { FileHandle } from 'node:fs/promises';
import { openRegular } from './regular-file.ts';

interface Entry {
  readonly handle: Promise<FileHandle>;
  busy: number;
}

/**
 * Handles of files being written, with a limit: a run may have more streams than a process may have open files. A file
 * is synced before its handle is closed, because the system reports the error of a delayed write only to handles that
 * were open when it happened.
 */
export class OpenFiles {
  readonly #limit: number;
  /** By last use, oldest first. */
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

  /** Closes everything after an error, in whatever condition it is. */
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
