import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, isHeadraceError, SystemError, TransientError } from '@headrace/sdk';
import { codeOf } from '../disk/durable.ts';
import { refuseLinks } from '../disk/inside.ts';
import { isWritable, sizeOf } from '../disk/regular-file.ts';
import { MIGRATIONS, OLDEST_READABLE, SCHEMA, SCHEMA_VERSION } from './journal-schema.ts';

/** The journal's path in the folder. */
export const JOURNAL = '_headrace/journal.sqlite';

export function journalPath(root: string): string {
  return join(root, JOURNAL);
}

/** Whether there is a journal. Only a missing file means no: a file that cannot be accessed is an error. */
export async function exists(root: string): Promise<boolean> {
  const file = journalPath(root);
  try {
    await refuseLinks(root, JOURNAL);
    return (await sizeOf(file)) !== undefined;
  } catch (error) {
    if (isHeadraceError(error)) throw error;
    throw new ConfigError(`the journal ${file} cannot be accessed: ${(error as Error).message}`, {
      code: 'journal.unreadable',
      place: file,
      cause: error,
    });
  }
}

/**
 * Opens the database, checks that it is ours, and creates its tables if the file is new.
 * @param oldest the oldest version that is left as it is. Older ones are migrated to this program's
 */
export function connect(file: string, isNew: boolean, oldest = SCHEMA_VERSION): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    // EXTRA: with FULL, a power failure can undo an acknowledged commit, because the deletion of the rollback journal is
    // not synced. Without the time-out, even the first pragma throws "database is locked".
    db = new DatabaseSync(file, { timeout: 30_000 });
    db.exec('pragma journal_mode = delete; pragma synchronous = extra;');
    prepareTables(db, file, isNew, oldest);
    return db;
  } catch (error) {
    db?.close();
    throw journalError(error, file);
  }
}

/** Opens it read-only and as it is, because the disk may be full or read-only. */
export async function connectToRead(file: string): Promise<{ db: DatabaseSync; readOnly: boolean }> {
  if (await isWritable(file)) return { db: connect(file, false, OLDEST_READABLE), readOnly: false };
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 30_000, readOnly: true });
    const version = Number(db.prepare('pragma user_version').get()?.user_version);
    if (version > SCHEMA_VERSION) throw newer(file);
    if (version < OLDEST_READABLE) {
      throw new ConfigError(
        `the journal ${file} was written by an older version and cannot be changed here`,
        {
          code: 'journal.read_only',
          place: file,
          hint: 'run this once where the folder is writable',
        },
      );
    }
    return { db, readOnly: true };
  } catch (error) {
    db?.close();
    throw journalError(error, file);
  }
}

/** Creates or migrates the tables in one transaction, because several processes may open it at once. */
function prepareTables(db: DatabaseSync, file: string, isNew: boolean, oldest: number): void {
  const versionOf = (): number => Number(db.prepare('pragma user_version').get()?.user_version);
  if (versionOf() >= oldest && versionOf() <= SCHEMA_VERSION) return;
  db.exec('begin immediate');
  try {
    const version = versionOf();
    if (version > SCHEMA_VERSION) throw newer(file);
    // An empty journal next to data files would mean “nothing yet”: only a file that we just created may be empty.
    if (version === 0 && !isNew && db.prepare('select count(*) as n from sqlite_schema').get()?.n !== 0)
      throw new Error('it is another database');
    if (version === 0) db.exec(SCHEMA);
    for (let v = version; v > 0 && v < SCHEMA_VERSION; v++) db.exec(MIGRATIONS[v]!);
    db.exec(`pragma user_version = ${SCHEMA_VERSION}; commit`);
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

function newer(file: string): ConfigError {
  return new ConfigError(`the journal ${file} was written by a newer version`, {
    code: 'journal.newer',
    place: file,
    hint: 'update jsonl-destination',
  });
}

/** Turns an error of SQLite into one that says what to do. */
export function journalError(error: unknown, file?: string): Error {
  if (!(error instanceof Error) || codeOf(error) !== 'ERR_SQLITE_ERROR') return error as Error;
  const { errcode, message } = error as Error & { errcode?: number };
  const place = file;
  const hint = 'nothing was committed; free some space, or restore the journal from a copy';
  // 5 BUSY, 10 IOERR, 13 FULL: may work later. The others (11 CORRUPT, 26 NOTADB, …) will not.
  const primary = (errcode ?? 0) & 0xff;
  if ([5, 10, 13].includes(primary))
    return new TransientError(`the journal: ${message}`, {
      code: 'journal.failed',
      place,
      hint,
      cause: error,
    });
  // 8 READONLY; 776: an interrupted commit must be undone before anybody can read.
  if (primary === 8)
    return new ConfigError(
      errcode === 776
        ? 'the journal was left in the middle of a commit, and the folder is read-only'
        : 'the journal cannot be written: the folder is read-only',
      {
        code: 'journal.read_only',
        place,
        hint: 'run this once where the folder is mounted writable, as a user who may write there',
        cause: error,
      },
    );
  if ([11, 14, 26].includes(primary))
    return new ConfigError(`the journal cannot be read: ${message}`, {
      code: 'journal.unreadable',
      place,
      hint,
      cause: error,
    });
  return new SystemError(`the journal: ${message}`, { code: 'journal.failed', place, cause: error });
}
