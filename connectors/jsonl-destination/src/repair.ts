import type { Dirent } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError, type Log } from '@headrace/sdk';
import { codeOf, renameDurably, syncDirectory } from './durable.ts';
import type { Journal } from './journal.ts';
import type { FileChange, FileRow } from './journal-rows.ts';
import { encodeName } from './names.ts';

const DATA_FILE = /\.jsonl(\.gz|\.zst)?(\.open)?$/;

/** A file of which less is there than was committed. */
export interface Damage {
  readonly file: FileRow;
  /** What is there; 0 where the file is gone. */
  readonly size: number;
}

/** Where a file that is not closed is now: `closing` ones may have their final name already. */
export async function locate(
  root: string,
  file: FileRow,
): Promise<{ path: string; size: number } | undefined> {
  const final = join(root, file.path);
  const candidates =
    file.status === 'flat' ? [final] : file.status === 'open' ? [`${final}.open`] : [`${final}.open`, final];
  for (const path of candidates) {
    try {
      return { path, size: (await stat(path)).size };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** Files that hold less than their committed length. A closed file that is gone is the user's right. */
export async function findDamage(root: string, journal: Journal, source: string): Promise<Damage[]> {
  const damage: Damage[] = [];
  for (const file of journal.unfinished(source)) {
    const size = (await locate(root, file))?.size ?? 0;
    if (size < file.compressedBytes) damage.push({ file, size });
  }
  return damage;
}

/**
 * Refuses to go on where committed data is missing, or where data stands without a journal that knows it:
 * states would promise records that are not there, or records would be stored a second time.
 * @throws ConfigError
 */
export async function refuseLosses(
  root: string,
  journal: Journal | undefined,
  source: string,
): Promise<void> {
  const hint =
    'restore the folder from a copy, or give the states up with: state --reset (everything is read again)';
  if (!journal?.sources().includes(source)) {
    const found = await findData(join(root, encodeName(source)));
    if (!found) return;
    throw new ConfigError(`there is data of ${source} that the journal does not know: ${found}`, {
      code: 'journal.missing',
      place: root,
      hint,
    });
  }
  const [first] = await findDamage(root, journal, source);
  if (!first) return;
  const { file, size } = first;
  throw new ConfigError(`${file.path} holds ${size} bytes, of which ${file.compressedBytes} were committed`, {
    code: 'journal.damage',
    place: root,
    hint,
  });
}

/** The first data file in a folder or below it. */
export async function findData(folder: string): Promise<string | undefined> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && DATA_FILE.test(entry.name)) return path;
    const below = entry.isDirectory() ? await findData(path) : undefined;
    if (below) return below;
  }
  return undefined;
}

/**
 * Takes what a run left unfinished to what was committed: cuts tails, removes files of which nothing was
 * committed, finishes renames, seals. Only files that the journal knows are touched. Called under the lock.
 */
export async function repair(root: string, journal: Journal, source: string, log: Log): Promise<void> {
  const changes: FileChange[] = [];
  for (const file of journal.unfinished(source)) {
    const found = await locate(root, file);
    if (file.compressedBytes === 0) {
      if (found) {
        await rm(found.path);
        await syncDirectory(dirname(found.path));
        log.info(`repaired ${file.path}: removed, nothing of it was committed`);
      }
      journal.removeFile(file.id);
      continue;
    }
    if (file.status === 'flat') {
      if (found && (await cut(found, file.compressedBytes)))
        log.info(`repaired ${file.path}: cut to its ${file.records} committed records`);
      continue;
    }
    if (found) {
      const wasLonger = await cut(found, file.compressedBytes);
      if (found.path.endsWith('.open')) await renameDurably(found.path, join(root, file.path));
      // Renamed by the run itself, perhaps without having come to the sync.
      else await syncDirectory(dirname(found.path));
      const done = wasLonger ? `cut to its ${file.records} committed records and closed` : 'closed';
      log.info(`repaired ${file.path}: ${done}`);
    }
    changes.push({ id: file.id, length: file, status: 'closed' });
  }
  journal.changeFiles(changes);
}

/** Whether there was anything to cut. */
async function cut({ path, size }: { path: string; size: number }, length: number): Promise<boolean> {
  const handle = await open(path, 'r+');
  try {
    if (size > length) await handle.truncate(length);
    // Also what is not cut: the process that wrote it may have been killed before its sync, not before its commit.
    await handle.sync();
  } finally {
    await handle.close();
  }
  return size > length;
}
