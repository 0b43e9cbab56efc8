import { ConfigError } from '@headrace/sdk';
import type { Journal } from './journal.ts';
import type { Owner, StreamKey } from './journal-rows.ts';

/**
 * `open`: it grows; of an incremental stream for ever. `whole`: it replaces others and all of it is there, what
 * came twice has still to be dropped. `complete`: all that the source had. `superseded`: a later one is complete.
 */
export type CopyStatus = 'open' | 'whole' | 'complete' | 'superseded';

/** One reading of a stream from nothing, in one run or, where it was interrupted, in several. */
export interface Copy {
  readonly id: number;
  readonly key: StreamKey;
  /** Under which its states are kept: a backfill reads copies of its own. */
  readonly scope: string;
  /** The run that began it. */
  readonly runId: string;
  /** The catalog's; 0 for none. */
  readonly generationId: number;
  /** It takes the place of all others when it is complete. */
  readonly replaces: boolean;
  readonly status: CopyStatus;
  /** How many runs wrote to it. In one a record is there once; a run that goes on may bring some again. */
  readonly runs: number;
}

/** What a run asks for. */
export interface CopyWish {
  readonly runId: string;
  readonly now: number;
  readonly replaces: boolean;
  readonly generationId: number;
  /** The committed state of the stream is in the middle of a copy. */
  readonly underWay: boolean;
  /** What it brings belongs to what is there: it is no copy that has to become whole by itself. */
  readonly grows?: boolean;
}

/**
 * The copy that a run writes to: the unfinished one where it goes on with that, else a new one. What was begun to
 * replace others is gone on with by a run of the same generation, given up by one of another, and kept beside the
 * others by one that does not replace.
 */
export function copyFor(journal: Journal, key: StreamKey, owner: Owner, wish: CopyWish): Copy {
  if (wish.grows) growOn(journal, key, owner);
  const last = lastCopy(journal, key, owner);
  if (last && goesOn(last, wish)) {
    // A run that left nothing did not write to it.
    const wrote = Number(hasFiles(journal, last));
    journal.run('update copies set runs = runs + ? where id = ?', wrote, last.id);
    if (last.replaces && !wish.replaces) keepBeside(journal, last);
    return { ...last, replaces: last.replaces && wish.replaces, runs: last.runs + wrote };
  }
  let id = 0;
  journal.transaction(() => {
    if (last?.replaces && isUnfinished(last)) giveUp(journal, last);
    const { lastInsertRowid } = journal.run(
      `insert into copies (source, namespace, stream, scope, run_id, began_at, generation_id, replaces, runs, status)
       values (?, ?, ?, ?, ?, ?, ?, ?, 1, 'open')`,
      key.source,
      key.namespace,
      key.stream,
      owner.scope,
      wish.runId,
      wish.now,
      wish.generationId,
      Number(wish.replaces),
    );
    id = Number(lastInsertRowid);
  });
  const { runId, generationId, replaces } = wish;
  return { id, key, scope: owner.scope, runId, generationId, replaces, runs: 1, status: 'open' };
}

function goesOn(last: Copy, { replaces, generationId, underWay }: CopyWish): boolean {
  if (!replaces) return last.status === 'open' ? underWay || last.replaces : last.status === 'whole';
  if (isUnfinished(last)) return last.replaces && last.generationId === generationId;
  // A platform that tries a job again names the same generation for streams that were complete already. Number 1
  // says nothing: PyAirbyte sends it with every write.
  return last.status === 'complete' && generationId > 1 && last.generationId === generationId;
}

function isUnfinished({ status }: Copy): boolean {
  return status === 'open' || status === 'whole';
}

function hasFiles(journal: Journal, { id }: Copy): boolean {
  return journal.all('select 1 from files where copy_id = ? limit 1', id).length > 0;
}

/** Beside an incremental copy none is the complete one: it would hide what follows it (see the view `manifest`). */
export function growOn(
  journal: Journal,
  { source, namespace, stream }: StreamKey,
  { scope }: Pick<Owner, 'scope'>,
): void {
  journal.run(
    `update copies set status = 'open', replaces = 0
     where source = ? and namespace = ? and stream = ? and scope = ? and status = 'complete'`,
    source,
    namespace,
    stream,
    scope,
  );
}

/**
 * It was to replace others and now it does not: its files come in beside theirs.
 * @throws ConfigError where it is a growing file (layout flat): there is one name for it and for what it replaces
 */
function keepBeside(journal: Journal, { id, key }: Copy): void {
  if (journal.filesOf(key).some(({ part, copyId }) => part === 0 && copyId === id)) {
    throw new ConfigError(`an overwrite of ${key.stream} is unfinished: nothing can be appended beside it`, {
      code: 'destination.unfinished_overwrite',
      place: `catalog › ${key.stream}`,
      hint: 'overwrite once more, or give it up: state --reset --streams (the stream is read again)',
    });
  }
  journal.transaction(() => {
    journal.run("update copies set replaces = 0, status = 'open' where id = ?", id);
    journal.run("update files set status = 'closing' where copy_id = ? and status = 'held'", id);
  });
}

function giveUp(journal: Journal, { id }: Copy): void {
  journal.run("update copies set status = 'superseded' where id = ?", id);
  journal.run("update files set status = 'removing' where copy_id = ?", id);
}

/** What was begun to replace others and is not whole: its states are dropped in the same transaction. */
export function giveUpUnfinished(journal: Journal, key: StreamKey, owner: Pick<Owner, 'scope'>): void {
  const last = lastCopy(journal, key, owner);
  if (last?.replaces && last.status === 'open') giveUp(journal, last);
}

/** All of it is there: it takes the place of the others. Called in the transaction of the commit that covers its end. */
export function completeCopy(journal: Journal, { id, key, scope, replaces }: Copy): void {
  const { source, namespace, stream } = key;
  const ofStream = 'source = ? and namespace = ? and stream = ?';
  if (replaces) {
    journal.run(
      `update files set status = 'removing' where ${ofStream} and copy_id <> ?`,
      source,
      namespace,
      stream,
      id,
    );
    journal.run("update files set status = 'closing' where copy_id = ? and status = 'held'", id);
    journal.run(
      `update copies set status = 'superseded' where ${ofStream} and id <> ?`,
      source,
      namespace,
      stream,
      id,
    );
  } else {
    // A growing file holds many copies: it counts as a part of the last one.
    journal.run(
      `update files set copy_id = ? where ${ofStream} and status = 'flat'`,
      id,
      source,
      namespace,
      stream,
    );
    journal.run(
      `update copies set status = 'superseded' where ${ofStream} and scope = ? and id < ?`,
      source,
      namespace,
      stream,
      scope,
      id,
    );
  }
  setCopyStatus(journal, id, 'complete');
}

export function setCopyStatus(journal: Journal, id: number, status: CopyStatus): void {
  journal.run('update copies set status = ? where id = ?', status, id);
}

/** The last copy that was begun under an owner. */
export function lastCopy(
  journal: Journal,
  { source, namespace, stream }: StreamKey,
  { scope }: Pick<Owner, 'scope'>,
): Copy | undefined {
  const [row] = journal.all(
    `select * from copies where source = ? and namespace = ? and stream = ? and scope = ? order by id desc limit 1`,
    source,
    namespace,
    stream,
    scope,
  );
  return row && copyOf(row);
}

/** The files of a copy wait under `.open` until all of it is there. */
export function isHeld(journal: Journal, id: number): boolean {
  const [row] = journal.all(
    "select replaces = 1 and status in ('open', 'whole') as held from copies where id = ?",
    id,
  );
  return row?.held === 1;
}

/** Copies of a source of which all is there, and that have still to take the place of the others. */
export function wholeCopies(journal: Journal, source: string): Copy[] {
  return journal
    .all("select * from copies where source = ? and status = 'whole' order by id", source)
    .map(copyOf);
}

/**
 * Forgets copies that left nothing: replaced ones, and those of runs that were killed before their first commit. One
 * that is to replace others stays: that its generation asks for it would not be known any more.
 */
export function forgetEmptyCopies(journal: Journal, source: string): void {
  journal.run(
    `delete from copies where source = ? and (status = 'superseded' or (status = 'open' and replaces = 0))
     and not exists (select 1 from files where copy_id = copies.id)`,
    source,
  );
}

function copyOf(row: Record<string, unknown>): Copy {
  return {
    id: Number(row.id),
    key: { source: String(row.source), namespace: String(row.namespace), stream: String(row.stream) },
    scope: String(row.scope),
    runId: String(row.run_id),
    generationId: Number(row.generation_id),
    replaces: row.replaces === 1,
    status: row.status as CopyStatus,
    runs: Number(row.runs),
  };
}
