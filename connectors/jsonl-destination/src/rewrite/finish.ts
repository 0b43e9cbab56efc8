import {
  type Committed,
  type Copy,
  completeCopy,
  type KnownStream,
  type Owner,
  type StreamKey,
  sameStream,
} from '@headrace/sdk/destination';
import type { Journal } from '../journal/journal.ts';
import type { FileRow } from '../journal/journal-rows.ts';
import { changeCopies } from '../journal/move-files.ts';
import { settleFiles } from '../repair/settle.ts';
import { type RewriteContext, rewrite } from './rewrite.ts';

/**
 * Lets copies that became complete in several runs replace the others, without duplicates: the last version of each key
 * stays, or one of identical records if there is no key. Called at the end of a run, or by the next one if that was
 * interrupted. The caller holds the source's lock.
 */
export async function finishCopies(context: RewriteContext, source: string): Promise<void> {
  const { journal, root } = context;
  for (const copy of all(journal, source).copies.filter(({ status }) => status === 'whole')) {
    await finishCopy(context, copy);
    await settleFiles(root, journal, source);
  }
}

async function finishCopy(context: RewriteContext, copy: Copy): Promise<void> {
  const { journal, env } = context;
  const { source } = copy.key;
  const complete = (): void =>
    changeCopies(journal, copyOwner(copy), completeCopy(all(journal, source).copies, copy));
  const files = dataFiles(journal, copy.key).filter(({ copyId }) => copyId === copy.id);
  if (copy.runs <= 1) {
    journal.transaction(complete);
    return;
  }
  const key = known(journal, copy.key)?.primaryKey;
  const { dropped } = await rewrite({ ...context, files, key, cursor: undefined, alsoInSwitch: complete });
  if (dropped > 0)
    env.log.info(`${copy.key.stream}: read in ${copy.runs} runs; ${dropped} duplicate records were dropped`);
}

/** append_dedup: only the newest version of each key stays, in all of a stream. */
export async function dropOlderVersions(
  context: RewriteContext,
  owner: Owner,
  key: StreamKey,
): Promise<void> {
  const { journal, root, env } = context;
  const stream = known(journal, key);
  if (!stream?.dedupDue || !stream.primaryKey) return;
  const held = journal.heldCopies(key.source);
  const files = dataFiles(journal, key).filter(({ copyId }) => !held.has(copyId));
  const { dropped } = await rewrite({
    ...context,
    files,
    key: stream.primaryKey,
    cursor: stream.cursorField,
    alsoInSwitch: () => journal.amend(owner, { streams: [{ ...stream, dedupDue: false }] }),
  });
  await settleFiles(root, journal, key.source);
  if (dropped > 0) env.log.info(`${key.stream}: ${dropped} older versions were dropped`);
}

function dataFiles(journal: Journal, key: StreamKey): FileRow[] {
  return journal.filesOf(key).filter(({ quarantine, records }) => !quarantine && records > 0);
}

function known(journal: Journal, key: StreamKey): KnownStream | undefined {
  return all(journal, key.source).streams.find((stream) => sameStream(stream.key, key));
}

/** A source's copies and streams, of all scopes. */
function all(journal: Journal, source: string): Pick<Committed, 'copies' | 'streams'> {
  return journal.load({ source, scope: '' });
}

function copyOwner({ key, scope }: Copy): Owner {
  return { source: key.source, scope };
}
