import { DatabaseSync } from 'node:sqlite';
import { refuseNoPath } from '@headrace/sdk';
import { type Query, type Store, sqlite, sqlTables } from '@headrace/sdk/destination';
import type { Config } from './config.ts';
import { databaseError, explained } from './database-error.ts';
import { apply } from './steps.ts';
import { verify } from './verify.ts';

/** What is committed (states, copies, counts) is kept in the SDK's tables. */
const known = sqlTables(sqlite);

/**
 * Acme as a store: a SQLite file. A commit is one transaction of records and states, so each record is stored exactly
 * once, whatever is killed. Replace the SQLite code by your database's.
 */
export function acmeStore({ path }: Config): Store {
  refuseNoPath(path);
  // Another source may be writing: wait for it.
  const db = explained(path, () => new DatabaseSync(path, { timeout: 30_000 }));
  // EXTRA: with FULL, a power failure can undo an acknowledged commit.
  explained(path, () => db.exec('pragma journal_mode = delete; pragma synchronous = extra'));
  const query: Query = ({ sql, values }) => db.prepare(sql).all(...values);
  const transaction = async (work: () => Promise<void>): Promise<void> => {
    explained(path, () => db.exec('begin immediate'));
    try {
      await work();
      db.exec('commit');
    } catch (error) {
      if (db.isTransaction) db.exec('rollback');
      throw databaseError(error, path);
    }
  };
  explained(path, () => db.exec(`begin immediate; ${known.create.join('; ')}; commit`));

  return {
    ...known.reading(query),

    /** All or nothing: first the SDK's tables, which throws if another writer has committed, then the records. */
    transaction: (commit) =>
      transaction(async () => {
        await known.write(commit, query);
        for (const step of commit.parts) apply(db, step, commit);
      }),

    verify: async (source, report) => verify(db, source, report),

    close: async () => db.close(),
  };
}
