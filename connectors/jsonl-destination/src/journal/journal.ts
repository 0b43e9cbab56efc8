import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Committed, Facts, Overview, Owner, StreamKey, SyncTables } from '@headrace/sdk/destination';
import { isHeld, storable } from '@headrace/sdk/destination';
import { syncFolder } from '@headrace/sdk/files';
import { codeOf } from '../disk/durable.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import { type Modes, PRIVATE } from '../disk/modes.ts';
import { createFile } from '../disk/regular-file.ts';
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
} from './journal-rows.ts';
import { journalTables } from './journal-schema.ts';

/** `{path}/_headrace/journal.sqlite`, where states and data are committed together (invariant 3). */
export class Journal {
  /** The permissions of new files and folders. */
  readonly modes: Modes;
  /** Whether it was opened read-only. */
  readonly readOnly: boolean;
  readonly #db: DatabaseSync;
  readonly #tables: SyncTables;

  private constructor(db: DatabaseSync, modes: Modes, readOnly = false) {
    this.#db = db;
    this.#tables = journalTables.sync(({ sql, values }) => this.all(sql, ...values));
    this.modes = modes;
    this.readOnly = readOnly;
  }

  /** Opens the journal, and creates it if there is none. */
  static async open(root: string, modes: Modes = PRIVATE): Promise<Journal> {
    const file = journalPath(root);
    const isNew = !(await exists(root));
    await makeDirectory(root, dirname(JOURNAL), modes);
    if (isNew) await createEmpty(file, modes);
    const db = connect(file, isNew);
    if (isNew) await syncFolder(dirname(file));
    return new Journal(db, modes);
  }

  /** Opens the journal if there is one. Only a file that does not exist is "nothing yet"; anything else is an error. */
  static async openExisting(root: string, modes: Modes = PRIVATE): Promise<Journal | undefined> {
    return (await exists(root)) ? new Journal(connect(journalPath(root), false), modes) : undefined;
  }

  /** The same read-only: it may be where nothing can be written. */
  static async openToRead(root: string): Promise<Journal | undefined> {
    if (!(await exists(root))) return undefined;
    const { db, readOnly } = await connectToRead(journalPath(root));
    return new Journal(db, PRIVATE, readOnly);
  }

  close(): void {
    this.#db.close();
  }

  /** All sources ever written here. */
  sources(): readonly string[] {
    return this.#tables.sources();
  }

  /** What is committed for a source. */
  load(owner: Owner): Committed {
    return this.#tables.load(owner);
  }

  /** What the verbs show of a source. */
  look(source: string): Overview {
    return this.#tables.look(source);
  }

  /**
   * Writes everything in a commit except files; called in its transaction (invariant 3).
   * @throws if another writer has committed
   */
  write(facts: Facts): void {
    this.#tables.write(facts);
  }

  /** Changes what is known, outside of a commit: the number stays the same. */
  amend(owner: Owner, { copies = [], streams = [] }: Partial<Pick<Facts, 'copies' | 'streams'>>): void {
    const [row] = this.all(
      'select number from sources where source = ? and scope = ?',
      owner.source,
      owner.scope,
    );
    const number = Number(row?.number ?? 0);
    const nothing = { runId: '', now: 0, states: [], forget: [], counts: [] };
    this.write({ ...nothing, owner, from: number, number, copies, streams });
  }

  /** A source's copies that are hidden until they are complete. */
  heldCopies(source: string): ReadonlySet<number> {
    return new Set(
      this.load({ source, scope: '' })
        .copies.filter(isHeld)
        .map(({ id }) => id),
    );
  }

  /** A source's files that are not closed. */
  unfinished(source: string): FileRow[] {
    return this.all(
      `select * from files where source = ? and status in ('open', 'held', 'closing', 'flat', 'removing') order by id`,
      source,
    ).map(fileRow);
  }

  /** Files for which the disk may not yet agree with the journal. */
  unsettled(source: string): FileRow[] {
    return this.all(
      "select * from files where source = ? and status in ('held', 'closing', 'removing') order by id",
      source,
    ).map(fileRow);
  }

  /** All files of a stream, in the order of their lines, except those being removed. */
  filesOf({ source, namespace, stream }: StreamKey): FileRow[] {
    return this.all(
      `select * from files where source = ? and namespace = ? and stream = ? and status <> 'removing' order by seq, id`,
      source,
      namespace,
      stream,
    ).map(fileRow);
  }

  /** The file with this final name, unless it is being removed. */
  fileAt(path: string): FileRow | undefined {
    const [row] = this.all("select * from files where path = ? and status <> 'removing' order by id", path);
    return row && fileRow(row);
  }

  /** The highest part of a stream in a run; 0 for none. If a run id is used again, its parts continue. */
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

  /** Adds a file before it exists. Files that the journal does not know are never touched. */
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

  /** Deletes the rows of files that are no longer on disk. */
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

  /** Runs work in a transaction. A nested call belongs to the outer one. */
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

  /** For modules with their own table in the journal. */
  all(sql: string, ...values: Array<string | number>): Array<Record<string, unknown>> {
    return this.#guard(() => this.#db.prepare(sql).all(...values.map(bound)));
  }

  /** The same, row by row, for long results. */
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

/** SQLite would use the permissions left by the umask, and follow a link. */
async function createEmpty(file: string, modes: Modes): Promise<void> {
  try {
    await (await createFile(file, modes.file)).close();
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function bound<T extends string | number | null>(value: T): T | string {
  return typeof value === 'string' ? storable(value) : value;
}
