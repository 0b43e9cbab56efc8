import { type Copy, completeCopy, isHeld, wholeCopies } from './copies.ts';
import type { Journal } from './journal.ts';
import type { FileRow, StreamKey } from './journal-rows.ts';
import { type RewriteContext, rewrite } from './rewrite.ts';
import { settleFiles } from './settle.ts';
import { knownStream, setDedupDue } from './streams-table.ts';

/**
 * Lets copies that came whole in several runs take the place of the others, without what came twice: of a key the
 * last version stays; without a key, of identical records one. Called at the end of a run, and by the next one
 * where it did not come to that. The caller holds the source's lock.
 */
export async function finishCopies(context: RewriteContext, source: string): Promise<void> {
  const { journal, root } = context;
  for (const copy of wholeCopies(journal, source)) {
    await finishCopy(context, copy);
    await settleFiles(root, journal, source);
  }
}

async function finishCopy(context: RewriteContext, copy: Copy): Promise<void> {
  const { journal, env } = context;
  const complete = (): void => completeCopy(journal, copy);
  const files = dataFiles(journal, copy.key).filter(({ copyId }) => copyId === copy.id);
  if (copy.runs === 1) {
    journal.transaction(complete);
    return;
  }
  const key = knownStream(journal, copy.key)?.primaryKey;
  const { dropped } = await rewrite({ ...context, files, key, cursor: undefined, alsoInSwitch: complete });
  if (dropped > 0)
    env.log.info(
      `${copy.key.stream}: read in ${copy.runs} runs; ${dropped} records that came more than once are there once`,
    );
}

/** append_dedup: of each key the newest version stays, in all that is there of a stream. */
export async function dropOlderVersions(context: RewriteContext, key: StreamKey): Promise<void> {
  const { journal, root, env } = context;
  const known = knownStream(journal, key);
  if (!known?.dedupDue || !known.primaryKey) return;
  const files = dataFiles(journal, key).filter(({ copyId }) => !isHeld(journal, copyId));
  const { dropped } = await rewrite({
    ...context,
    files,
    key: known.primaryKey,
    cursor: known.cursorField,
    alsoInSwitch: () => setDedupDue(journal, key, false),
  });
  await settleFiles(root, journal, key.source);
  if (dropped > 0) env.log.info(`${key.stream}: ${dropped} older versions were dropped`);
}

function dataFiles(journal: Journal, key: StreamKey): FileRow[] {
  return journal.filesOf(key).filter(({ quarantine, records }) => !quarantine && records > 0);
}
