import { join } from 'node:path';
import { refuseLinks } from '../disk/inside.ts';
import { sizeOf } from '../disk/regular-file.ts';
import type { FileRow } from '../journal/journal-rows.ts';
import { SEALING } from './sealing.ts';

/**
 * Finds a file that is not closed, and its length. Undefined if it is gone.
 * @throws ConfigError if there is a link in its place
 */
export async function locate(
  root: string,
  { path, status, part }: Pick<FileRow, 'path' | 'status' | 'part'>,
): Promise<{ path: string; size: number } | undefined> {
  // The result of rewriting a held growing file counts only if the transaction has made it `closing`.
  const suffixes = status === 'held' && part === 0 ? ['.open'] : SUFFIXES[status];
  await refuseLinks(root, path);
  for (const suffix of suffixes) {
    const file = join(root, path) + suffix;
    const size = await sizeOf(file);
    if (size !== undefined) return { path: file, size };
  }
  return undefined;
}

/** In order of priority: a file written to replace another counts once a commit has said so. */
const SUFFIXES: Readonly<Record<FileRow['status'], readonly string[]>> = {
  open: ['.open'],
  held: [`.open${SEALING}`, '.open'],
  closing: [`.open${SEALING}`, '.open', ''],
  closed: [''],
  flat: [''],
  removing: ['.open', ''],
};
