import type { Dir } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './durable.ts';

/** The names of our data files, complete or not. */
const DATA_FILE = /\.jsonl(\.gz|\.zst)?(\.open(\.sealing)?)?$/;

/** Whether this is the name or path of a data file. */
export function isDataFile(name: string): boolean {
  return DATA_FILE.test(name);
}

/**
 * Data files in a folder and below it, in no particular order. Links are not followed. None if the folder does not
 * exist.
 */
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
