import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { StateToCommit } from '@headrace/sdk';
import { makeDirectory, syncDirectory } from './durable.ts';
import { connect, exists, journalError, journalPath } from './journal-file.ts';
import {
  columns,
  EMPTY,
  type FileChange,
  type FileLength,
  type FileRow,
  type FileStatus,
  fileRow,
  type NewFile,
  type Owner,
  type StateRow,
} from './journal-rows.ts';

/** `{path}/_headrace/journal.sqlite`: the one place where state and data are committed together (invariant 3). */
export class Journal {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Opens the journal, making it where there is none. */
  static async open(root: string): Promise<Journal> {
    const file = journalPath(root);
    const isNew = !(await exists(file));
    await makeDirectory(dirname(file));
    const journal = connect(file, isNew);
    if (isNew) await syncDirectory(dirname(file));
    return new Journal(journal);
  }

  /** Opens the journal if there is one. Only a file that does not exist is "nothing yet"; anything else is an error. */
  static async openExisting(root: string): Promise<Journal | undefined> {
    const file = journalPath(root);
    return (await exists(file)) ? new Journal(connect(file, false)) : undefined;
  }

  close(): void {
    this.#db.close();
  }

  /** All sources that were ever written here. */
  sources(): string[] {
    return this.#all('select distinct source from sources order by source').map(({ source }) =>
      String(source),
    );
  }

  register({ source, scope }: Owner): void {
    this.#run(
      'insert into sources (source, scope, number) values (?, ?, 0) on conflict do nothing',
      source,
      scope,
    );
  }

  /** The number of the last commit; 0 for an owner without states, whatever was committed. */
  commitNumber({ source, scope }: Owner): number {
    const [row] = this.#all(
      `select number from sources s where source = ? and scope = ?
       and exists (select 1 from states t where t.source = s.source and t.scope = s.scope)`,
      source,
      scope,
    );
    return Number(row?.number ?? 0);
  }

  states({ source, scope }: Owner): StateRow[] {
    const rows = this.#all(
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
    return this.#all("select * from files where source = ? and status <> 'closed' order by id", source).map(
      fileRow,
    );
  }

  flatFile(path: string): FileRow | undefined {
    const [row] = this.#all("select * from files where path = ? and status = 'flat'", path);
    return row && fileRow(row);
  }

  /** The highest part that a run has of a stream; 0 for none. A run id used again counts on. */
  lastPart(file: Pick<NewFile, 'source' | 'namespace' | 'stream' | 'quarantine' | 'runId'>): number {
    const [row] = this.#all(
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
    const { lastInsertRowid } = this.#run(
      `insert into files (source, namespace, stream, quarantine, run_id, part, path, status, opened_at,
         records, bytes, compressed_bytes, first_emitted_at, last_emitted_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      file.source,
      file.namespace,
      file.stream,
      Number(file.quarantine),
      file.runId,
      file.part,
      file.path,
      file.status,
      file.openedAt,
      ...columns(length),
    );
    return Number(lastInsertRowid);
  }

  removeFile(id: number): void {
    this.#run('delete from files where id = ?', id);
  }

  /** Changes files without committing anything: repairs, and renames that were done. */
  changeFiles(changes: readonly FileChange[]): void {
    if (changes.length > 0) this.#transaction(() => this.#change(changes));
  }

  setStatus(ids: readonly number[], status: FileStatus): void {
    if (ids.length === 0) return;
    this.#transaction(() => {
      for (const id of ids) this.#run('update files set status = ? where id = ?', status, id);
    });
  }

  /** The commit: states, lengths of files and the commit number, all or nothing (invariant 3). */
  commit(
    owner: Owner,
    states: readonly StateToCommit[],
    files: readonly FileChange[],
    runId: string,
    now: number,
  ): void {
    this.#transaction(() => {
      for (const state of states) this.#putState(owner, state, runId, now);
      this.#change(files);
      this.#count(owner);
    });
  }

  /** Puts other states in the place of an owner's, or drops them; what was handed out before is out of date. */
  replaceStates(
    owner: Owner,
    drop: ReadonlyArray<Pick<StateRow, 'namespace' | 'stream'>>,
    states: readonly StateToCommit[],
    now: number,
  ): void {
    this.#transaction(() => {
      for (const { namespace, stream } of drop) {
        this.#run(
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
    this.#run(`delete from states where source = ? and scope = ? ${others}`, source, scope);
    this.#run(
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
    this.#run('update sources set number = number + 1 where source = ? and scope = ?', source, scope);
  }

  #change(changes: readonly FileChange[]): void {
    for (const { id, length, status } of changes) {
      this.#run(
        `update files set status = ?, records = ?, bytes = ?, compressed_bytes = ?, first_emitted_at = ?, last_emitted_at = ?
         where id = ?`,
        status,
        ...columns(length),
        id,
      );
    }
  }

  #transaction(work: () => void): void {
    this.#guard(() => {
      this.#db.exec('begin immediate');
      try {
        work();
        this.#db.exec('commit');
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('rollback');
        throw error;
      }
    });
  }

  #all(sql: string, ...values: Array<string | number>): Array<Record<string, unknown>> {
    return this.#guard(() => this.#db.prepare(sql).all(...values));
  }

  #run(sql: string, ...values: Array<string | number | null>): { lastInsertRowid: number | bigint } {
    return this.#guard(() => this.#db.prepare(sql).run(...values));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw journalError(error);
    }
  }
}
