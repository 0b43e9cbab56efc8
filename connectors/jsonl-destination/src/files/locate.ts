import { join } from 'node:path';
import { refuseLinks } from '../disk/inside.ts';
import { sizeOf } from '../disk/regular-file.ts';
import type { FileRow } from '../journal/journal-rows.ts';
import { SEALING } from './sealing.ts';

/** Where a file that is not closed is now, and how long it is; undefined where it is gone. @throws ConfigError where a link stands for it */
export async function locate(
  root: string,
  { path, status, part }: Pick<FileRow, 'path' | 'status' | 'part'>,
): Promise<{ path: string; size: number } | undefined> {
  // What a rewrite of a held growing file left counts only where its switch has made it `closing`.
  const suffixes = status === 'held' && part === 0 ? ['.open'] : SUFFIXES[status];
  await refuseLinks(root, path);
  for (const suffix of suffixes) {
    const file = join(root, path) + suffix;
    const size = await sizeOf(file);
    if (size !== undefined) return { path: file, size };
  }
  return undefined;
}

/** In the order in which they count: what was written to take a file's place does once a commit has said so. */
const SUFFIXES: Readonly<Record<FileRow['status'], readonly string[]>> = {
  open: ['.open'],
  held: [`.open${SEALING}`, '.open'],
  closing: [`.open${SEALING}`, '.open', ''],
  closed: [''],
  flat: [''],
  removing: ['.open', ''],
};
