import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DestinationEnv } from '@headrace/sdk';
import { SCRATCH, scratchFile } from './contest.ts';
import { syncDirectory } from './durable.ts';
import { refuseLinks } from './inside.ts';
import type { Journal } from './journal.ts';
import type { FileChange, FileRow } from './journal-rows.ts';
import { forgetEmptyCopies } from './move-files.ts';
import { openRegular, sizeOf } from './regular-file.ts';
import { hashFile, recompress, SEALING } from './sealing.ts';
import { settleFiles } from './settle.ts';

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

/**
 * Takes what a run left unfinished to what was committed: cuts tails, removes files of which nothing was
 * committed, writes unfinished frames again, finishes renames and removals. Only files that the journal knows are
 * touched. Called under the lock.
 */
export async function repair(
  root: string,
  journal: Journal,
  source: string,
  { log, now }: Pick<DestinationEnv, 'log' | 'now'>,
): Promise<void> {
  await refuseLinks(root, SCRATCH);
  await rm(scratchFile(root, source), { force: true });
  const changes: FileChange[] = [];
  const held = journal.heldCopies(source);
  for (const file of journal.unfinished(source)) {
    const found = await locate(root, file);
    if (file.compressedBytes === 0 && file.status !== 'removing') {
      if (found) {
        await rm(found.path);
        await rm(`${found.path}${SEALING}`, { force: true });
        await syncDirectory(dirname(found.path));
        log.info(`repaired ${file.path}: removed, nothing of it was committed`);
      }
      journal.removeFiles([file.id]);
    } else if (file.status === 'flat' || file.status === 'held') {
      if (found && (await cut(found, file.compressedBytes)))
        log.info(`repaired ${file.path}: cut to its ${file.records} committed records`);
    } else if (file.status === 'closing') log.info(`repaired ${file.path}: closed`);
    else if (file.status === 'removing') log.info(`repaired ${file.path}: removed, it had been replaced`);
    else {
      const status = held.has(file.copyId) ? 'held' : 'closing';
      const sealed = found && (await seal(found, file, journal.modes.file));
      // A file that is gone was refused before, or given up by a reset.
      if (!sealed) continue;
      changes.push({
        id: file.id,
        status,
        length: { ...file, compressedBytes: sealed.compressedBytes },
        sealed: { sha256: sealed.sha256, closedAt: now() },
      });
      const done = sealed.wasLonger ? `cut to its ${file.records} committed records and closed` : 'closed';
      log.info(`repaired ${file.path}: ${done}`);
    }
  }
  journal.changeFiles(changes);
  await settleFiles(root, journal, source);
  forgetEmptyCopies(journal, source);
}

interface Sealed {
  readonly compressedBytes: number;
  readonly sha256: string;
  readonly wasLonger: boolean;
}

/** Makes a file complete that was being written when its process died: what was committed, and nothing else. */
async function seal(found: { path: string; size: number }, file: FileRow, mode: number): Promise<Sealed> {
  if (file.path.endsWith('.zst')) {
    const written = await recompress(found.path, found.path + SEALING, file, { level: LEVEL, mode });
    await syncDirectory(dirname(found.path));
    return { ...written, wasLonger: found.size > file.compressedBytes };
  }
  const wasLonger = await cut(found, file.compressedBytes);
  return { compressedBytes: file.compressedBytes, sha256: await hashFile(found.path), wasLonger };
}

/** What a repair writes again is compressed as by default, whatever the run before was told. */
const LEVEL = 1;

/** Whether there was anything to cut. */
async function cut({ path, size }: { path: string; size: number }, length: number): Promise<boolean> {
  const handle = await openRegular(path, 'r+');
  try {
    if (size > length) await handle.truncate(length);
    // Also what is not cut: the process that wrote it may have been killed before its sync, not before its commit.
    await handle.sync();
  } finally {
    await handle.close();
  }
  return size > length;
}
