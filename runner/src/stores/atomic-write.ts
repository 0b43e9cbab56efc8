import { stat } from 'node:fs/promises';
import { replaceFile } from '@headrace/sdk/files';
import { SystemError } from '@headrace/sdk/spec';
import { readRegular } from './regular-file.ts';

/** The mode of files, which may contain private data. */
export const PRIVATE = 0o600;
/** The mode of folders. */
export const PRIVATE_FOLDER = 0o700;

/**
 * Replaces a file so that a reader, or a crash, sees the old content or the new. A new file has mode 0600; an existing
 * file keeps its mode.
 */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const before = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  await replaceFile(path, content, { mode: before ? before.mode & 0o777 : PRIVATE });
}

/**
 * A JSON file's value, or undefined if there is no file.
 * @throws SystemError (`store.damaged`) if it is not JSON. The error names the file and quotes nothing, because it may hold a
 *   token. Also throws as `readRegular` does
 */
export function readJson(path: string, parse: (text: string) => unknown = JSON.parse): unknown {
  let text: string;
  try {
    text = readRegular(path).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parse(text);
  } catch {
    throw new SystemError(`${path} is ${text.trim() === '' ? 'empty' : 'damaged: it is not JSON'}`, {
      code: 'store.damaged',
      hint: 'restore it from a backup, or delete it',
    });
  }
}
