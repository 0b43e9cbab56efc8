import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '@headrace/sdk';
import { codeOf } from './durable.ts';
import { isDataFile } from './files-on-disk.ts';
import { notRegular } from './regular-file.ts';

/**
 * Checks a path from the journal: it must be a data file below the root. Anyone who can write to a shared folder can
 * also change the journal, and the files that it names are cut, renamed and removed.
 * @throws ConfigError
 */
export function insidePath(path: string): string {
  const parts = path.split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
  // `_headrace` contains the journal, and a Windows drive has a colon.
  if (isPlain && parts.length > 1 && parts[0] !== '_headrace' && !path.includes(':') && isDataFile(path))
    return path;
  throw new ConfigError(
    `the journal names ${JSON.stringify(path)}, which is not a data file of this folder`,
    {
      code: 'journal.outside',
      place: 'journal.sqlite',
      hint: 'the journal was changed by somebody else: restore it from a copy; nothing was touched',
    },
  );
}

/**
 * Checks the folders on the way to a file: none may be a link, because it could lead out of the root.
 * @param path relative to the root, with slashes
 * @param known folders that were checked before; checked ones are added
 * @throws ConfigError
 */
export async function refuseLinks(root: string, path: string, known = new Set<string>()): Promise<void> {
  let at = root;
  for (const name of path.split('/').slice(0, -1)) {
    at = join(at, name);
    if (known.has(at)) continue;
    try {
      const stats = await lstat(at);
      if (!stats.isDirectory()) throw notRegular(at, stats, 'folder');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    known.add(at);
  }
}
