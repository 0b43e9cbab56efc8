import {
  cpSync,
  existsSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join, relative } from 'node:path';

type Handle = Pick<FileHandle, 'sync' | 'stat' | 'fd'>;

/**
 * Knows what a disk would still hold after a loss of power: per file the length at its last sync, per
 * directory its entries at its last sync. It listens at Node's own FileHandle.sync; what is synced with
 * nothing is not safe.
 */
export class SyncLedger {
  readonly #lengths = new Map<number, number>();
  readonly #entries = new Map<number, Map<number, string>>();
  #restore: (() => void) | undefined;

  async listen(): Promise<void> {
    const probe = await open('/dev/null', 'r');
    const prototype = Object.getPrototypeOf(probe) as Handle;
    await probe.close();
    const { sync } = prototype;
    const note = (ino: number, size: number): void => void this.#lengths.set(ino, size);
    const noteDirectory = (ino: number, fd: number): void => {
      this.#entries.set(ino, entriesOf(readlinkSync(`/proc/self/fd/${fd}`)));
    };
    prototype.sync = async function (this: Handle) {
      // What is written or made while the sync runs is not covered by it.
      const before = await this.stat();
      await sync.call(this);
      if (before.isDirectory()) noteDirectory(before.ino, this.fd);
      else note(before.ino, before.size);
    };
    this.#restore = () => {
      prototype.sync = sync;
    };
  }

  stop(): void {
    this.#restore?.();
  }

  /** A copy of `root` as a process that is killed now leaves it: the kernel has everything, the disk what was synced. */
  kill(root: string, copy: string): void {
    again(root, copy, () => cpSync(root, copy, { recursive: true }));
    for (const folder of foldersBelow(copy)) {
      const safe = this.#entries.get(statSync(join(root, relative(copy, folder))).ino);
      const known = new Map<number, string>();
      for (const [ino, name] of entriesOf(folder)) {
        const original =
          statSync(join(root, relative(copy, join(folder, name))), { throwIfNoEntry: false })?.ino ?? -1;
        const old = safe?.get(original);
        if (old !== undefined) known.set(ino, old);
        this.#lengths.set(ino, this.#lengths.get(original) ?? 0);
      }
      this.#entries.set(statSync(folder).ino, known);
    }
  }

  /** A copy of `root` as it would be after the power came back: what was not synced is there in part, or not at all. */
  cutPower(root: string, copy: string, random: () => number): void {
    again(root, copy, () => this.#cutPower(root, copy, random));
    // What came back is what the disk has.
    for (const folder of foldersBelow(copy)) {
      const entries = entriesOf(folder);
      this.#entries.set(statSync(folder).ino, entries);
      for (const [ino, name] of entries) this.#lengths.set(ino, statSync(join(folder, name)).size);
    }
  }

  #cutPower(root: string, copy: string, random: () => number): void {
    cpSync(root, copy, { recursive: true });
    for (const folder of foldersBelow(root)) {
      if (relative(root, folder).startsWith('_headrace')) continue;
      // Gone with a folder above it.
      if (!existsSync(join(copy, relative(root, folder)))) continue;
      const safe = this.#entries.get(statSync(folder).ino);
      for (const [ino, name] of entriesOf(folder)) {
        const there = join(folder, name);
        const here = join(copy, relative(root, there));
        // Made after the copy.
        if (!existsSync(here)) continue;
        if (statSync(there).isDirectory()) {
          if (!safe?.has(ino) && random() < 0.5) rmSync(here, { recursive: true });
          continue;
        }
        const size = statSync(here).size;
        const kept = this.#lengths.get(ino) ?? 0;
        if (kept < size) truncateSync(here, kept + Math.floor(random() * (size - kept + 1)));
        const old = safe?.get(ino);
        if (old === undefined && random() < 0.5) rmSync(here);
        else if (old !== undefined && old !== name && random() < 0.5)
          renameSync(here, join(copy, relative(root, join(folder, old))));
      }
    }
  }
}

/**
 * The process goes on making, renaming and removing files while its folder is copied, which a crash cannot:
 * then all is done again, until nothing had moved.
 */
function again(root: string, copy: string, work: () => void): void {
  for (;;) {
    try {
      const before = namesBelow(root);
      work();
      if (namesBelow(root) === before) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(copy, { recursive: true, force: true });
  }
}

function namesBelow(root: string): string {
  return readdirSync(root, { recursive: true }).sort().join('\n');
}

function entriesOf(folder: string): Map<number, string> {
  const entries = new Map<number, string>();
  for (const name of readdirSync(folder)) {
    // In a folder above ours somebody else's may go meanwhile.
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found) entries.set(found.ino, name);
  }
  return entries;
}

function foldersBelow(root: string): string[] {
  const below = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  return [root, ...below];
}
