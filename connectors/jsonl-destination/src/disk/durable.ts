import { lstat, open } from 'node:fs/promises';

/** Makes the entries of a directory durable: files made in it, renamed in it, removed from it (invariant 2). */
export async function syncDirectory(path: string): Promise<void> {
  // Windows has no handle of a directory to sync; NTFS keeps its entries in a journal of its own.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The code of a system error: ENOENT, ENOSPC, … */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Whether there is something of that name, a link too. @throws where that cannot be known */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
