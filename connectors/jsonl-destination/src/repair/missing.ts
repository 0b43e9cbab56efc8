import { join } from 'node:path';
import type { Log } from '@headrace/sdk';
import { isThere } from '../disk/durable.ts';
import type { Journal } from '../journal/journal.ts';
import type { FileRow } from '../journal/journal-rows.ts';

/**
 * Deletes the rows of closed files that are gone, and logs them: users may delete closed files.
 * @returns the files that are there
 */
export async function forgetMissing(
  root: string,
  journal: Journal,
  files: readonly FileRow[],
  log: Log,
): Promise<FileRow[]> {
  const there: FileRow[] = [];
  for (const file of files) {
    if (file.status !== 'closed' || (await isThere(join(root, file.path)))) there.push(file);
    else {
      log.warn(`forgot ${file.path}: it is gone`);
      journal.removeFiles([file.id]);
    }
  }
  return there;
}
