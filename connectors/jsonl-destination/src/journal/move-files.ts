import { ConfigError } from '@headrace/sdk';
import type { Copy, CopyChanges, Move, Openings } from '@headrace/sdk/destination';
import type { Journal } from './journal.ts';

/** Stores changed copies in the journal and changes their files accordingly. Called in a transaction. */
export function changeCopies(
  journal: Journal,
  owner: { readonly source: string; readonly scope: string },
  { copies, moves, streams = [] }: CopyChanges & Partial<Openings>,
): void {
  journal.amend(owner, { copies, streams });
  for (const move of moves) moveFiles(journal, move);
  for (const copy of copies) takeGrowingFile(journal, copy);
}

/** What a change of copies means for files. Called in the same transaction; settleFiles then changes the disk. */
export function moveFiles(journal: Journal, { kind, copy }: Move): void {
  const { id, key } = copy;
  if (kind === 'discard') {
    journal.run("update files set status = 'removing' where source = ? and copy_id = ?", key.source, id);
    return;
  }
  if (kind === 'join') refuseGrowingFile(journal, copy);
  else
    journal.run(
      `update files set status = 'removing' where source = ? and namespace = ? and stream = ? and copy_id <> ?`,
      key.source,
      key.namespace,
      key.stream,
      id,
    );
  journal.run(
    "update files set status = 'closing' where source = ? and copy_id = ? and status = 'held'",
    key.source,
    id,
  );
}

/** A growing file (layout flat) contains many copies. It counts as a part of the last complete one. */
export function takeGrowingFile(journal: Journal, { id, key, replaces, status }: Copy): void {
  if (replaces || status !== 'complete') return;
  journal.run(
    "update files set copy_id = ? where source = ? and namespace = ? and stream = ? and status = 'flat'",
    id,
    key.source,
    key.namespace,
    key.stream,
  );
}

/** A growing file and what it replaces have the same name, so nothing can be appended meanwhile. @throws ConfigError */
function refuseGrowingFile(journal: Journal, { id, key }: Copy): void {
  if (!journal.filesOf(key).some(({ part, copyId }) => part === 0 && copyId === id)) return;
  throw new ConfigError(`an overwrite of ${key.stream} is unfinished, so nothing can be appended`, {
    code: 'destination.unfinished_overwrite',
    place: `catalog › ${key.stream}`,
    hint: 'overwrite again, or give it up with state --reset --streams (the stream is then read again)',
  });
}

/**
 * Deletes copies that left nothing: replaced ones, and those of runs killed before their first commit. A copy that is
 * to replace others stays, because otherwise its generation would no longer be known.
 */
export function forgetEmptyCopies(journal: Journal, source: string): void {
  journal.run(
    `delete from copies where source = ? and (status = 'superseded' or (status = 'open' and replaces = 0))
     and not exists (select 1 from files f where f.source = copies.source and f.copy_id = copies.id)`,
    source,
  );
}
