import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Windows cannot open a folder to sync it. NTFS keeps its entries in a journal of its own. */
const HAS_FOLDER_SYNC = process.platform !== 'win32';

/** Makes the entries of a folder durable: files created in it, renamed in it, removed from it (invariant 2). */
export async function syncFolder(path: string): Promise<void> {
  if (!HAS_FOLDER_SYNC) return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same for code that must not wait, such as code inside a transaction. */
export function syncFolderSync(path: string): void {
  if (!HAS_FOLDER_SYNC) return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
