import { ConfigError } from '@headrace/sdk';
import type { Copy, CopyChanges, Move, Openings } from '@headrace/sdk/destination';
import type { Journal } from './journal.ts';

/** Puts changed copies into the journal, and does with their files what that means; called in a transaction. */
export function changeCopies(
  journal: Journal,
  owner: { readonly source: string; readonly scope: string },
  { copies, moves, streams = [] }: CopyChanges & Partial<Openings>,
): void {
  journal.amend(owner, { copies, streams });
  for (const move of moves) moveFiles(journal, move);
  for (const copy of copies) takeGrowingFile(journal, copy);
}

/** What a change of copies means for files; the disk follows in settleFiles. Called in the transaction that changes them. */
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

/** A growing file (layout flat) holds many copies: it counts as a part of the last one that is complete. */
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

/** There is one name for a growing file and for what it replaces: nothing can be put beside it. @throws ConfigError */
function refuseGrowingFile(journal: Journal, { id, key }: Copy): void {
  if (!journal.filesOf(key).some(({ part, copyId }) => part === 0 && copyId === id)) return;
  throw new ConfigError(`an overwrite of ${key.stream} is unfinished: nothing can be appended beside it`, {
    code: 'destination.unfinished_overwrite',
    place: `catalog › ${key.stream}`,
    hint: 'overwrite once more, or give it up: state --reset --streams (the stream is read again)',
  });
}

/**
 * Forgets copies that left nothing: replaced ones, and those of runs that were killed before their first commit. One
 * that is to replace others stays: that its generation asks for it would not be known any more.
 */
export function forgetEmptyCopies(journal: Journal, source: string): void {
  journal.run(
    `delete from copies where source = ? and (status = 'superseded' or (status = 'open' and replaces = 0))
     and not exists (select 1 from files f where f.source = copies.source and f.copy_id = copies.id)`,
    source,
  );
}
