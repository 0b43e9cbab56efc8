import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file's content with the result of `change`. A crash leaves either the old content or the new: temp,
 * fsync, rename, fsync of the folder. Mode and owner are kept, and a symbolic link still points to the same file.
 * @throws Error from the system, or if the path is not a regular file; the file is then unchanged
 */
export async function rewriteFile(path: string, change: (content: Buffer) => Uint8Array): Promise<void> {
  const real = await realpath(path);
  const before = await stat(real);
  if (!before.isFile()) throw new Error('it is not a regular file');
  const content = change(await readFile(real));
  const temp = `${real}.${randomUUID()}.tmp`;
  try {
    const file = await open(temp, 'wx', 0o600);
    try {
      await file.writeFile(content);
      const made = await file.stat();
      if (made.uid !== before.uid || made.gid !== before.gid) await file.chown(before.uid, before.gid);
      await file.chmod(before.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temp, real);
  } catch (error) {
    await rm(temp, { force: true });
    throw error;
  }
  const folder = await open(dirname(real), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
