import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder, syncFolderSync } from './sync-folder.ts';

/** Permissions and owner of the new file. */
export interface ReplaceOptions {
  /** Permissions, whatever the umask is. Default: 0600, because a file may contain private data. */
  readonly mode?: number;
  /** Default: the user that runs the process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

const PRIVATE = 0o600;

/**
 * Replaces a file, or creates it. A reader sees the old content or the new, and so does a process that starts after a
 * crash: a temporary file beside it, fsync, rename, fsync of the folder. Nobody can guess the temporary file's name,
 * and an existing file or link of that name is not opened. A symbolic link at `path` is replaced, not followed.
 * @throws the system's error. The old file is then unchanged and the temporary file removed, unless only the fsync of
 *   the folder failed
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<void> {
  const { mode = PRIVATE, owner } = options;
  const temporary = temporaryFor(path);
  const file = await open(temporary, 'wx', mode & 0o777);
  try {
    try {
      const made = await file.stat();
      // Before chmod, because a change of the owner clears some bits of the mode.
      if (owner && isOwnedByAnother(made, owner)) await file.chown(owner.uid, owner.gid);
      if (lacks(made, mode)) await file.chmod(mode & 0o7777);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // The first error says more than this one could.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** The same for code that must not wait, such as code inside a transaction. */
export function replaceFileSync(path: string, content: Uint8Array, options: ReplaceOptions = {}): void {
  const { mode = PRIVATE, owner } = options;
  const temporary = temporaryFor(path);
  const fd = openSync(temporary, 'wx', mode & 0o777);
  try {
    try {
      const made = fstatSync(fd);
      if (owner && isOwnedByAnother(made, owner)) fchownSync(fd, owner.uid, owner.gid);
      if (lacks(made, mode)) fchmodSync(fd, mode & 0o7777);
      for (let done = 0; done < content.length; ) done += writeSync(fd, content, done);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The first error says more than this one.
    }
    throw error;
  }
  syncFolderSync(dirname(path));
}

/**
 * Removes temporary files of this file that killed processes left. Only call it if no other process can replace the
 * file at the same time.
 */
export function removeLeftovers(path: string): void {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  for (const name of readdirSync(folder))
    if (name.startsWith(start) && LEFTOVER.test(name.slice(start.length)))
      rmSync(join(folder, name), { force: true });
}

/** Version 0.1 had no random part. */
const LEFTOVER = /^([0-9a-f]{16}\.)?new$/;

function temporaryFor(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.new`;
}

function isOwnedByAnother(made: Stats, owner: { uid: number; gid: number }): boolean {
  return made.uid !== owner.uid || made.gid !== owner.gid;
}

/** Whether the umask has removed permissions. Nothing is changed if not: some file systems refuse any chmod. */
function lacks(made: Stats, mode: number): boolean {
  return (mode & ~made.mode & 0o7777) !== 0;
}
