import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createFileSync } from './regular-file.ts';

/** What a process left that was killed; version 0.1 had no random part in it. */
const LEFT = /\.(json|parquet)(\.[0-9a-f]{16})?\.new$/;

/**
 * Puts a file in the place of another, in one step that survives a loss of power: a temporary file of a name that
 * nobody can know before, fsync, rename, fsync of the folder. Synchronous: it is called while a transaction is held.
 * The caller sees to it that nobody else replaces the same file meanwhile: what others left is removed.
 */
export function replaceFile(file: string, bytes: Uint8Array, mode: number): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder))
    if (name.startsWith(`${basename(file)}.`) && LEFT.test(name)) rmSync(join(folder, name), { force: true });
  const temporary = `${file}.${randomBytes(8).toString('hex')}.new`;
  const fd = createFileSync(temporary, mode);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    fsyncSync(fd);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  // Windows has no handle of a directory to sync.
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
