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

/** `{path}/_headrace/journal.sqlite`: the one place where state and data are committed together (invariant 3). */
export class Journal {
  /** With which what is made in its folder is made. */
  readonly modes: Modes;
  /** Nothing can be written where it stands. */
  readonly readOnly: boolean;
  readonly #db: DatabaseSync;
  readonly #tables: SyncTables;

  private constructor(db: DatabaseSync, modes: Modes, readOnly = false) {
    this.#db = db;
    this.#tables = journalTables.sync(({ sql, values }) => this.all(sql, ...values));
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
    if (isNew) await syncFolder(dirname(file));
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
  sources(): readonly string[] {
    return this.#tables.sources();
  }

  /** What is committed of a source. */
  load(owner: Owner): Committed {
    return this.#tables.load(owner);
  }

  /** What the verbs show of a source. */
  look(source: string): Overview {
    return this.#tables.look(source);
  }

  /** Writes what of a commit is no file; called in its transaction (invariant 3). @throws if somebody else has written */
  write(facts: Facts): void {
    this.#tables.write(facts);
  }

  /** Changes what is known besides a commit: the number stays. */
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

  /** The copies of a source that have to become whole before anybody sees them. */
  heldCopies(source: string): ReadonlySet<number> {
    return new Set(
      this.load({ source, scope: '' })
        .copies.filter(isHeld)
        .map(({ id }) => id),
    );
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

function bound<T extends string | number | null>(value: T): T | string {
  return typeof value === 'string' ? storable(value) : value;
}
