import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, type StateToCommit, SystemError, TransientError } from '@headrace/sdk';
import { codeOf, makeDirectory, syncDirectory } from './durable.ts';
import { SCHEMA, SCHEMA_VERSION } from './journal-schema.ts';

/** What belongs to whom: a source, and the scope its states are kept under. */
export interface Owner {
  readonly source: string;
  readonly scope: string;
}

/** How far a file is durable, and what stands in it up to there. */
export interface FileLength {
  readonly records: number;
  /** Of the lines, before compression. */
  readonly bytes: number;
  /** Of the file: its durable length. */
  readonly compressedBytes: number;
  /** Milliseconds since 1970, of the records' `emitted_at`; null where none has one. */
  readonly firstEmittedAt: number | null;
  readonly lastEmittedAt: number | null;
}

/**
 * `open`: it has the suffix `.open` and may grow. `closing`: complete, it may still have the suffix.
 * `closed`: complete under its final name. `flat`: one growing file without a suffix.
 */
export type FileStatus = 'open' | 'closing' | 'closed' | 'flat';

export interface NewFile {
  readonly source: string;
  readonly namespace: string;
  readonly stream: string;
  /** What could not be stored, each line with its reason. */
  readonly quarantine: boolean;
  readonly runId: string;
  readonly part: number;
  /** The final name, relative to the root, with slashes. */
  readonly path: string;
  readonly status: FileStatus;
  readonly openedAt: number;
}

export interface FileRow extends NewFile, FileLength {
  readonly id: number;
}

export interface StateRow {
  readonly kind: StateToCommit['kind'];
  readonly stream: string;
  readonly namespace: string;
  readonly json: string;
}

export interface FileChange {
  readonly id: number;
  readonly length: FileLength;
  readonly status: FileStatus;
}

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

export function journalPath(root: string): string {
  return join(root, '_headrace', 'journal.sqlite');
}

const EMPTY: FileLength = {
  records: 0,
  bytes: 0,
  compressedBytes: 0,
  firstEmittedAt: null,
  lastEmittedAt: null,
};

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new ConfigError(`the journal ${file} cannot be looked at: ${(error as Error).message}`, {
      code: 'journal.unreadable',
      place: file,
      cause: error,
    });
  }
}

function connect(file: string, isNew: boolean): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    // EXTRA: with FULL a loss of power can undo a commit that was acknowledged (the unlink of the rollback
    // journal is not synced). Without the time-out even the first pragma throws "database is locked".
    db = new DatabaseSync(file, { timeout: 30_000 });
    db.exec('pragma journal_mode = delete; pragma synchronous = extra;');
    const version = Number(db.prepare('pragma user_version').get()?.user_version);
    if (version > SCHEMA_VERSION) {
      throw new ConfigError(`the journal ${file} was written by a newer version`, {
        code: 'journal.newer',
        place: file,
        hint: 'update jsonl-destination',
      });
    }
    if (version === 0) {
      // An empty journal beside files would read as "nothing yet": only a file that we just made may be empty.
      if (!isNew && db.prepare('select count(*) as n from sqlite_schema').get()?.n !== 0)
        throw new Error('it is another database');
      db.exec(`begin immediate; ${SCHEMA} pragma user_version = ${SCHEMA_VERSION}; commit`);
    }
    return db;
  } catch (error) {
    db?.close();
    throw journalError(error, file);
  }
}

function journalError(error: unknown, file?: string): Error {
  if (!(error instanceof Error) || codeOf(error) !== 'ERR_SQLITE_ERROR') return error as Error;
  const { errcode, message } = error as Error & { errcode?: number };
  const place = file;
  const hint = 'nothing was committed; make room or restore the journal from a copy';
  // 5 BUSY, 10 IOERR, 13 FULL: the same may work later. The rest (11 CORRUPT, 26 NOTADB, …) will not.
  const primary = (errcode ?? 0) & 0xff;
  if ([5, 10, 13].includes(primary))
    return new TransientError(`the journal: ${message}`, {
      code: 'journal.failed',
      place,
      hint,
      cause: error,
    });
  if ([11, 14, 26, 8].includes(primary))
    return new ConfigError(`the journal cannot be read: ${message}`, {
      code: 'journal.unreadable',
      place,
      hint,
      cause: error,
    });
  return new SystemError(`the journal: ${message}`, { code: 'journal.failed', place, cause: error });
}

function columns(length: FileLength): Array<number | null> {
  const { records, bytes, compressedBytes, firstEmittedAt, lastEmittedAt } = length;
  return [records, bytes, compressedBytes, firstEmittedAt, lastEmittedAt];
}

function fileRow(row: Record<string, unknown>): FileRow {
  const nullable = (value: unknown): number | null => (value === null ? null : Number(value));
  return {
    id: Number(row.id),
    source: String(row.source),
    namespace: String(row.namespace),
    stream: String(row.stream),
    quarantine: row.quarantine === 1,
    runId: String(row.run_id),
    part: Number(row.part),
    path: String(row.path),
    status: row.status as FileStatus,
    openedAt: Number(row.opened_at),
    records: Number(row.records),
    bytes: Number(row.bytes),
    compressedBytes: Number(row.compressed_bytes),
    firstEmittedAt: nullable(row.first_emitted_at),
    lastEmittedAt: nullable(row.last_emitted_at),
  };
}
