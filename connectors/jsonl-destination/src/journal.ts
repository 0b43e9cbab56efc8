import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { StateToCommit } from '@headrace/sdk';
import { codeOf, syncDirectory } from './durable.ts';
import { connect, connectToRead, exists, JOURNAL, journalError, journalPath } from './journal-file.ts';
import {
  EMPTY,
  type FileChange,
  type FileLength,
  type FileRow,
  type FileStatus,
  fileRow,
  LENGTH_COLUMNS,
  lengthValues,
  type NewFile,
  type Owner,
  type StateRow,
  type StreamKey,
} from './journal-rows.ts';
import { makeDirectory } from './make-directory.ts';
import { type Modes, PRIVATE } from './modes.ts';
import { createFile } from './regular-file.ts';

/** `{path}/_headrace/journal.sqlite`: the one place where state and data are committed together (invariant 3). */
export class Journal {
  /** With which what is made in its folder is made. */
  readonly modes: Modes;
  /** Nothing can be written where it stands. */
  readonly readOnly: boolean;
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync, modes: Modes, readOnly = false) {
    this.#db = db;
    this.modes = modes;
    this.readOnly = readOnly;
  }

  /** Opens the journal, making it where there is none. */
  static async open(root: string, modes: Modes = PRIVATE): Promise<Journal> {
    const file = journalPath(root);
    const isNew = !(await exists(root));
    await makeDirectory(root, dirname(JOURNAL), modes);
    if (isNew) await createEmpty(file, modes);
    const db = connect(file, isNew);
    if (isNew) await syncDirectory(dirname(file));
    return new Journal(db, modes);
  }

  /** Opens the journal if there is one. Only a file that does not exist is "nothing yet"; anything else is an error. */
  static async openExisting(root: string, modes: Modes = PRIVATE): Promise<Journal | undefined> {
    return (await exists(root)) ? new Journal(connect(journalPath(root), false), modes) : undefined;
  }

  /** The same for somebody who only looks: it may stand where nothing can be written. */
  static async openToRead(root: string): Promise<Journal | undefined> {
    if (!(await exists(root))) return undefined;
    const { db, readOnly } = await connectToRead(journalPath(root));
    return new Journal(db, PRIVATE, readOnly);
  }

  close(): void {
    this.#db.close();
  }

  /** All sources that were ever written here. */
  sources(): string[] {
    return this.all('select distinct source from sources order by source').map(({ source }) =>
      String(source),
    );
  }

  register({ source, scope }: Owner): void {
    this.run(
      'insert into sources (source, scope, number) values (?, ?, 0) on conflict do nothing',
      source,
      scope,
    );
  }

  /** The number of the last commit; 0 for an owner without states, whatever was committed. */
  commitNumber({ source, scope }: Owner): number {
    const [row] = this.all(
      `select number from sources s where source = ? and scope = ?
       and exists (select 1 from states t where t.source = s.source and t.scope = s.scope)`,
      source,
      scope,
    );
    return Number(row?.number ?? 0);
  }

  /** A stream's committed state, or the one that is kept for all streams. */
  state(owner: Owner, name: string, namespace: string): StateRow | undefined {
    const all = this.states(owner);
    return all.find(
      (state) => state.kind !== 'STREAM' || (state.stream === name && state.namespace === namespace),
    );
  }

  states({ source, scope }: Owner): StateRow[] {
    const rows = this.all(
      'select kind, namespace, stream, json from states where source = ? and scope = ? order by namespace, stream',
      source,
      scope,
    );
    return rows.map((row) => ({
      kind: row.kind as StateToCommit['kind'],
      namespace: String(row.namespace),
      stream: String(row.stream),
      json: String(row.json),
    }));
  }

  /** The files of a source that are not finished. */
  unfinished(source: string): FileRow[] {
    return this.all(
      `select * from files where source = ? and status in ('open', 'held', 'closing', 'flat', 'removing') order by id`,
      source,
    ).map(fileRow);
  }

  /** Files of which the disk may not yet be as the journal says. */
  unsettled(source: string): FileRow[] {
    return this.all(
      "select * from files where source = ? and status in ('held', 'closing', 'removing') order by id",
      source,
    ).map(fileRow);
  }

  /** All files of a stream that are not on their way off the disk, in the order of their lines. */
  filesOf({ source, namespace, stream }: StreamKey): FileRow[] {
    return this.all(
      `select * from files where source = ? and namespace = ? and stream = ? and status <> 'removing' order by seq, id`,
      source,
      namespace,
      stream,
    ).map(fileRow);
  }

  /** The file that has this final name, and stays. */
  fileAt(path: string): FileRow | undefined {
    const [row] = this.all("select * from files where path = ? and status <> 'removing' order by id", path);
    return row && fileRow(row);
  }

  /** The highest part that a run has of a stream; 0 for none. A run id used again counts on. */
  lastPart(file: StreamKey & Pick<NewFile, 'quarantine' | 'runId'>): number {
    const [row] = this.all(
      `select max(part) as part from files
       where source = ? and namespace = ? and stream = ? and quarantine = ? and run_id = ?`,
      file.source,
      file.namespace,
      file.stream,
      Number(file.quarantine),
      file.runId,
    );
    return Number(row?.part ?? 0);
  }

  /** Makes a file known before it exists: what the journal does not know is never touched. */
  addFile(file: NewFile, length: FileLength = EMPTY): number {
    const { lastInsertRowid } = this.run(
      `insert into files (seq, source, namespace, stream, quarantine, copy_id, run_id, part, path, status, envelope,
         opened_at, ${LENGTH_COLUMNS.join(', ')})
       values ((select ifnull(max(id), 0) + 1 from files), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      file.source,
      file.namespace,
      file.stream,
      Number(file.quarantine),
      file.copyId,
      file.runId,
      file.part,
      file.path,
      file.status,
      file.envelope,
      file.openedAt,
      ...lengthValues(length),
    );
    return Number(lastInsertRowid);
  }

  /** Forgets files: they are not on the disk any more. */
  removeFiles(ids: readonly number[]): void {
    if (ids.length === 0) return;
    this.transaction(() => {
      for (const id of ids) this.run('delete from files where id = ?', id);
    });
  }

  changeFiles(changes: readonly FileChange[]): void {
    if (changes.length === 0) return;
    this.transaction(() => {
      for (const { id, length, status, sealed } of changes) {
        this.run(
          `update files set status = ?, ${LENGTH_COLUMNS.map((name) => `${name} = ?`).join(', ')},
             sha256 = ?, closed_at = ? where id = ?`,
          status,
          ...lengthValues(length),
          sealed?.sha256 ?? null,
          sealed?.closedAt ?? null,
          id,
        );
      }
    });
  }

  setStatus(ids: readonly number[], status: FileStatus): void {
    if (ids.length === 0) return;
    this.transaction(() => {
      for (const id of ids) this.run('update files set status = ? where id = ?', status, id);
    });
  }

  /** The states and the commit number of a commit; called in its transaction (invariant 3). */
  commitStates(owner: Owner, states: readonly StateToCommit[], runId: string, now: number): void {
    for (const state of states) this.#putState(owner, state, runId, now);
    this.#count(owner);
  }

  /** Puts other states in the place of an owner's, or drops them; what was handed out before is out of date. */
  replaceStates(
    owner: Owner,
    drop: ReadonlyArray<Pick<StateRow, 'namespace' | 'stream'>>,
    states: readonly StateToCommit[],
    now: number,
  ): void {
    this.transaction(() => {
      for (const { namespace, stream } of drop) {
        this.run(
          'delete from states where source = ? and scope = ? and namespace = ? and stream = ?',
          owner.source,
          owner.scope,
          namespace,
          stream,
        );
      }
      for (const state of states) this.#putState(owner, state, 'state --set', now);
      this.#count(owner);
    });
  }

  #putState(
    { source, scope }: Owner,
    { kind, stream, json }: StateToCommit,
    runId: string,
    now: number,
  ): void {
    // States of two kinds never stand side by side: the protocol forbids to mix them, the last kind counts.
    const others = kind === 'STREAM' ? "and kind <> 'STREAM'" : '';
    this.run(`delete from states where source = ? and scope = ? ${others}`, source, scope);
    this.run(
      `insert or replace into states (source, scope, namespace, stream, kind, json, run_id, updated_at)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      source,
      scope,
      stream?.namespace ?? '',
      stream?.name ?? '',
      kind,
      json,
      runId,
      now,
    );
  }

  #count({ source, scope }: Owner): void {
    this.run('update sources set number = number + 1 where source = ? and scope = ?', source, scope);
  }

  /** All or nothing. What is called inside of one belongs to it. */
  transaction(work: () => void): void {
    if (this.#db.isTransaction) {
      work();
      return;
    }
    this.#guard(() => {
      this.#db.exec(this.readOnly ? 'begin' : 'begin immediate');
      try {
        work();
        this.#db.exec('commit');
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('rollback');
        throw error;
      }
    });
  }

  /** For the modules that keep a table of their own in the journal. */
  all(sql: string, ...values: Array<string | number>): Array<Record<string, unknown>> {
    return this.#guard(() => this.#db.prepare(sql).all(...values.map(bound)));
  }

  /** The same, row by row: for what may be long. */
  *each(sql: string, ...values: Array<string | number>): Generator<Record<string, unknown>> {
    const rows = this.#guard(() => this.#db.prepare(sql).iterate(...values.map(bound)));
    for (;;) {
      const next = this.#guard(() => rows.next());
      if (next.done) return;
      yield next.value;
    }
  }

  run(sql: string, ...values: Array<string | number | null>): { lastInsertRowid: number | bigint } {
    return this.#guard(() => this.#db.prepare(sql).run(...values.map(bound)));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw journalError(error);
    }
  }
}

/** SQLite would give it the permissions that the umask leaves, and follow a link. */
async function createEmpty(file: string, modes: Modes): Promise<void> {
  try {
    await (await createFile(file, modes.file)).close();
  } catch (error) {
    // Somebody else was faster.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** SQLite would make one name of two that hold half a character (a lone surrogate) each. */
function bound<T extends string | number | null>(value: T): T | string {
  if (typeof value !== 'string' || value.isWellFormed()) return value;
  return value.replace(/\p{Surrogate}/gu, (half) => `\ufffd${half.charCodeAt(0).toString(16)}`);
}
