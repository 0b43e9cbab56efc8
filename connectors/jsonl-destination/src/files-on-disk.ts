import type { Dir } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './durable.ts';

/** What our files are called, complete or not. */
const DATA_FILE = /\.jsonl(\.gz|\.zst)?(\.open(\.sealing)?)?$/;

/** Data files in a folder and below it, in no order; none where there is no such folder. */
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
    else if (entry.isFile() && DATA_FILE.test(entry.name)) yield path;
  }
}
