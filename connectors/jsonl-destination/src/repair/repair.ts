import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DestinationEnv } from '@headrace/sdk';
import { syncFolder } from '@headrace/sdk/files';
import { refuseLinks } from '../disk/inside.ts';
import { openRegular } from '../disk/regular-file.ts';
import { locate } from '../files/locate.ts';
import { SCRATCH, scratchFile } from '../files/scratch-file.ts';
import { hashFile, recompress, SEALING } from '../files/sealing.ts';
import type { Journal } from '../journal/journal.ts';
import type { FileChange, FileRow } from '../journal/journal-rows.ts';
import { forgetEmptyCopies } from '../journal/move-files.ts';
import { settleFiles } from './settle.ts';

/**
 * Restores what was committed after an interrupted run: cuts files, removes those of which nothing was committed,
 * rewrites unfinished frames, and finishes renames and removals. Only files that the journal knows are touched. Called
 * under the lock.
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
        await syncFolder(dirname(found.path));
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
      // A missing file was refused before, or given up by a reset.
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

/** Completes a file that was being written when its process died: with what was committed, and nothing else. */
async function seal(found: { path: string; size: number }, file: FileRow, mode: number): Promise<Sealed> {
  if (file.path.endsWith('.zst')) {
    const written = await recompress(found.path, found.path + SEALING, file, { level: LEVEL, mode });
    await syncFolder(dirname(found.path));
    return { ...written, wasLonger: found.size > file.compressedBytes };
  }
  const wasLonger = await cut(found, file.compressedBytes);
  return { compressedBytes: file.compressedBytes, sha256: await hashFile(found.path), wasLonger };
}

/** A repair compresses with the default level, whatever the previous run used. */
const LEVEL = 1;

/** Whether there was anything to cut. */
async function cut({ path, size }: { path: string; size: number }, length: number): Promise<boolean> {
  const handle = await openRegular(path, 'r+');
  try {
    if (size > length) await handle.truncate(length);
    // Also if it is not cut: its process may have been killed before it could sync, but after it committed.
    await handle.sync();
  } finally {
    await handle.close();
  }
  return size > length;
}
