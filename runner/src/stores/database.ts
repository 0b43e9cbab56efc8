import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, SystemError, TransientError } from '@headrace/sdk/spec';
import { PRIVATE, PRIVATE_FOLDER } from './atomic-write.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** How long a process waits for another one that writes. Without it, even the first pragma may fail. */
const WAIT_MS = 30_000;

/** A tenant's database: runs, dead letters, pauses and what the schedule remembers. */
export interface Database {
  readonly path: string;
  /** Opened on the first call, and made if it does not exist. */
  open(): DatabaseSync;
  /** Whether the file exists. A verb that only looks need not make it. */
  exists(): boolean;
  /** What `work` does is done as a whole or not at all; other processes wait. */
  change<T>(work: (db: DatabaseSync) => T): T;
  close(): void;
}

/**
 * `<root>/<tenant>/history.sqlite`. Several processes may use it at once, and each may be killed at any time.
 * @param onNew called in the transaction that makes the tables
 */
export function tenantDatabase(
  root: string,
  tenant: string,
  onNew: (db: DatabaseSync) => void = () => {},
): Database {
  const folder = join(root, tenant);
  const path = join(folder, 'history.sqlite');
  let opened: DatabaseSync | undefined;

  function open(): DatabaseSync {
    if (opened) return opened;
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    let db: DatabaseSync | undefined;
    try {
      // SQLite would make it readable for others; its other files get the mode of this one.
      closeSync(openSync(path, 'a', PRIVATE));
      db = new DatabaseSync(path, { timeout: WAIT_MS });
      // FULL: a run that has ended must not run again after a loss of power.
      db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
      makeTables(db, path, onNew);
    } catch (error) {
      db?.close();
      throw databaseError(error, path);
    }
    opened = db;
    return db;
  }

  return {
    path,
    open,
    exists: () => opened !== undefined || existsSync(path),
    change(work) {
      const db = open();
      try {
        return transaction(db, work);
      } catch (error) {
        throw databaseError(error, path);
      }
    },
    close() {
      opened?.close();
      opened = undefined;
    },
  };
}

function transaction<T>(db: DatabaseSync, work: (db: DatabaseSync) => T): T {
  db.exec('begin immediate');
  try {
    const result = work(db);
    db.exec('commit');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

function makeTables(db: DatabaseSync, path: string, onNew: (db: DatabaseSync) => void): void {
  const version = () => Number(db.prepare('pragma user_version').get()?.user_version);
  if (version() === SCHEMA_VERSION) return;
  transaction(db, () => {
    // Another process may have made them meanwhile.
    const found = version();
    if (found === SCHEMA_VERSION) return;
    if (found > SCHEMA_VERSION)
      throw new ConfigError(`${path} was written by a newer version of headrace`, {
        code: 'history.newer',
        place: path,
        hint: 'update headrace',
      });
    db.exec(SCHEMA);
    onNew(db);
    db.exec(`pragma user_version = ${SCHEMA_VERSION}`);
  });
}

/** What SQLite says, as an error that tells who should do what. Any other error stays as it is. */
function databaseError(error: unknown, place: string): unknown {
  const { code, errcode = 0, message } = error as Error & { code?: string; errcode?: number };
  if (code !== 'ERR_SQLITE_ERROR') return error;
  // 5 BUSY, 10 IOERR, 13 FULL: the same may work later. The rest (8 READONLY, 11 CORRUPT, 26 NOTADB) will not.
  const primary = errcode & 0xff;
  const what = `${place}: ${message}`;
  if ([5, 10, 13].includes(primary))
    return new TransientError(what, { code: 'history.failed', place, hint: 'make room, and run again' });
  if ([8, 11, 14, 26].includes(primary))
    return new ConfigError(what, {
      code: 'history.unreadable',
      place,
      hint: 'restore it from a backup, or move it away: run numbers then begin at 1, and states are not lost',
    });
  return new SystemError(what, { code: 'history.failed', place, cause: error });
}
