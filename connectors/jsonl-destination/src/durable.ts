import { mkdir, open, rename } from 'node:fs/promises';
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

/** Makes a directory with its parents, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === first || dirname(made) === made) return;
  }
}

/** A rename that a loss of power does not undo. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncDirectory(dirname(to));
}

/** The code of a system error: ENOENT, ENOSPC, … */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
