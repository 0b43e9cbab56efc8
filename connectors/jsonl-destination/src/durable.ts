import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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

/**
 * Makes a directory with its parents, durably. Also where it is there already all entries on the way to it are
 * synced once: a run that was killed may have made them and not come to the sync.
 * @param known directories that were made durable before; it is added to
 */
export async function makeDirectory(path: string, known = new Set<string>()): Promise<void> {
  if (known.has(path)) return;
  const first = await mkdir(path, { recursive: true });
  for (let at = path; at !== dirname(at) && !known.has(at); at = dirname(at)) {
    const ours = first !== undefined && at.startsWith(first);
    try {
      await syncDirectory(dirname(at));
    } catch (error) {
      // Far above our folder, where this user may not even look: what stands there is not of our making.
      if (ours || !['EACCES', 'EPERM', 'EROFS', 'EINVAL'].includes(codeOf(error) ?? '')) throw error;
    }
    known.add(at);
  }
}

/** The code of a system error: ENOENT, ENOSPC, … */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Whether there is something of that name. @throws where that cannot be known */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
