import type { Dir } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './durable.ts';

/** What our files are called, complete or not. */
const DATA_FILE = /\.jsonl(\.gz|\.zst)?(\.open(\.sealing)?)?$/;

/** Whether a name, or a path, is that of a data file. */
export function isDataFile(name: string): boolean {
  return DATA_FILE.test(name);
}

/** Data files in a folder and below it, in no order, links not followed; none where there is no such folder. */
export async function* dataFilesBelow(folder: string): AsyncGenerator<string> {
  let entries: Dir;
  try {
    entries = await opendir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* dataFilesBelow(path);
    else if (entry.isFile() && isDataFile(entry.name)) yield path;
  }
}
