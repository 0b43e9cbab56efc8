import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SystemError } from '@headrace/sdk/spec';

/** Replaces a file so that a reader, or a crash, sees the old content or the new: temp, fsync, rename, fsync. */
export async function writeAtomically(path: string, content: string, mode = 0o644): Promise<void> {
  const temp = `${path}.${randomUUID()}.tmp`;
  const file = await open(temp, 'w', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temp, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * A JSON file's value, or undefined if there is no file.
 * @throws SystemError (`store.damaged`) if it is not JSON: it names the file and quotes nothing, for it may hold a token
 */
export async function readJson(
  path: string,
  parse: (text: string) => unknown = JSON.parse,
): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parse(text);
  } catch {
    throw new SystemError(`${path} is ${text.trim() === '' ? 'empty' : 'damaged: it is not JSON'}`, {
      code: 'store.damaged',
      hint: 'restore it from a copy, or delete it',
    });
  }
}
