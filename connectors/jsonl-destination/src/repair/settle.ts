import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@headrace/sdk/files';
import { isThere } from '../disk/durable.ts';
import { refuseLinks } from '../disk/inside.ts';
import { sizeOf } from '../disk/regular-file.ts';
import { SEALING } from '../files/sealing.ts';
import type { Journal } from '../journal/journal.ts';
import type { FileChange, FileRow } from '../journal/journal-rows.ts';
import { writeTables } from '../tables/tables.ts';

/**
 * Does on disk what commits have decided: complete files get their final names, and replaced ones are deleted. Called
 * after each commit that closes or replaces files. After a kill, a repair does it again.
 * @param copiesChanged whether the journal has changed files that already have their final names
 */
export async function settleFiles(
  root: string,
  journal: Journal,
  source: string,
  copiesChanged = false,
): Promise<void> {
  const rows = journal.unsettled(source);
  const of = (status: FileRow['status']): FileRow[] => rows.filter((file) => file.status === status);
  const [held, closing, removing] = [of('held'), of('closing'), of('removing')];
  const settled: FileRow[] = [];
  const known = new Set<string>();
  for (const { path } of rows) await refuseLinks(root, path, known);
  for (const file of held) {
    // For a growing file: left by a rewrite that was killed before its transaction.
    if (file.part === 0) await rm(join(root, `${file.path}.open${SEALING}`), { force: true });
    else if (await move(`${file.path}.open${SEALING}`, `${file.path}.open`, root)) settled.push(file);
  }
  for (const { path } of closing) {
    await move(`${path}.open${SEALING}`, `${path}.open`, root);
    await move(`${path}.open`, path, root);
  }
  await syncFolders(root, [...settled, ...closing]);
  // Only now: until the new names are durable, a repair would look for the old ones.
  if (copiesChanged || closing.length + removing.length > 0) {
    journal.transaction(() => {
      journal.changeFiles(closing.map(closed));
      // Before the deletion, so that whenever the tables are read, the files that they name exist.
      writeTables(journal, root);
    });
  }
  for (const { path } of removing) {
    await rm(join(root, `${path}.open${SEALING}`), { force: true });
    await rm(join(root, `${path}.open`), { force: true });
    // The growing file of the layout flat: the next one has its name now.
    if (!journal.fileAt(path)) await rm(join(root, path), { force: true });
  }
  await syncFolders(root, removing);
  journal.removeFiles(removing.map(({ id }) => id));
}

/** A growing file has no checksum. */
function closed({ id, part, sha256, closedAt, ...length }: FileRow): FileChange {
  if (part === 0) return { id, length, status: 'flat' };
  const sealed = sha256 === null || closedAt === null ? {} : { sealed: { sha256, closedAt } };
  return { id, length, status: 'closed', ...sealed };
}

async function syncFolders(root: string, files: readonly FileRow[]): Promise<void> {
  // If the user has deleted the folder, there is nothing to sync.
  for (const folder of new Set(files.map(({ path }) => dirname(join(root, path)))))
    if (await isThere(folder)) await syncFolder(folder);
}

async function move(from: string, to: string, root: string): Promise<boolean> {
  const there = (await sizeOf(join(root, from))) !== undefined;
  if (there) await rename(join(root, from), join(root, to));
  return there;
}
