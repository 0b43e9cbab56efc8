import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { syncFolder } from '@headrace/sdk/files';
import { codeOf } from './durable.ts';
import { isWider, type Modes } from './modes.ts';
import { notRegular } from './regular-file.ts';

/**
 * Creates a folder below the root, and the root, durably. If they exist already, all entries on the way are still
 * synced once, because a killed run may have created them without syncing.
 * @param folder relative to the root, with slashes
 * @param known folders that are durable already; new ones are added
 * @throws ConfigError if a link or a file is in the way
 */
export async function makeDirectory(
  root: string,
  folder: string,
  modes: Modes,
  known = new Set<string>(),
): Promise<void> {
  const path = join(root, folder);
  if (known.has(path)) return;
  const made = new Set<string>();
  const first = await mkdir(root, { recursive: true, mode: modes.folder & 0o777 });
  if (first !== undefined)
    for (let at = root; at === first || at.startsWith(first + sep); at = dirname(at)) await widen(at);
  let at = root;
  for (const name of folder.split('/')) {
    at = join(at, name);
    if (!known.has(at) && (await makeOne(at, modes))) await widen(at);
  }
  await syncUpwards(path, known, made);

  /** Gives folders that we created the configured mode, whatever the umask is. */
  async function widen(ours: string): Promise<void> {
    made.add(ours);
    if (isWider(modes.folder)) await chmod(ours, modes.folder);
  }
}

/** Returns whether it was created. */
async function makeOne(path: string, { folder }: Modes): Promise<boolean> {
  try {
    await mkdir(path, folder & 0o777);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const stats = await lstat(path);
    if (!stats.isDirectory()) throw notRegular(path, stats, 'folder');
    return false;
  }
}

async function syncUpwards(path: string, known: Set<string>, made: ReadonlySet<string>): Promise<void> {
  for (let at = path; at !== dirname(at) && !known.has(at); at = dirname(at)) {
    try {
      await syncFolder(dirname(at));
    } catch (error) {
      // Far above our folder, where this user has no access: we did not create that.
      if (made.has(at) || !['EACCES', 'EPERM', 'EROFS', 'EINVAL'].includes(codeOf(error) ?? '')) throw error;
    }
    known.add(at);
  }
}
