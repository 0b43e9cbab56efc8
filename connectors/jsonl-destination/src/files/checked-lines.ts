import { join } from 'node:path';
import { DataError } from '@headrace/sdk';
import { InvalidJsonError, type LineBatch } from '@headrace/sdk/protocol';
import type { FileRow } from '../journal/journal-rows.ts';
import { locate } from './locate.ts';
import { isDamage, StoredFile } from './stored-file.ts';

/**
 * Reads the lines of a file and checks it against the journal: damaged files are not used.
 * @throws DataError, at the latest after the last line
 */
export async function* checkedLines(root: string, file: FileRow): AsyncGenerator<LineBatch> {
  const path = (await locate(root, file))?.path ?? join(root, file.path);
  const stored = new StoredFile(path, file);
  let differences: string[];
  try {
    yield* stored.lines();
    differences = stored.differences();
  } catch (error) {
    if (!isDamage(error)) throw error;
    differences = [`it cannot be decompressed (${(error as Error).message})`];
  }
  if (differences.length > 0) throw damaged(file, differences.join('; '));
}

/** Calls a function that reads inside a line. @throws DataError if the line is not JSON */
export function lookInside<T>(file: FileRow, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidJsonError)) throw error;
    throw damaged(file, `a line is ${error.message}`);
  }
}

function damaged(file: FileRow, what: string): DataError {
  return new DataError(`${file.path} is damaged: ${what}`, {
    code: 'destination.damaged',
    place: file.path,
    hint: 'verify says what is wrong; restore the file from a copy',
  });
}
