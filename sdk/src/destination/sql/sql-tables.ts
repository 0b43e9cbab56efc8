import type { Owner } from '../names/names.ts';
import type { Committed } from '../store/committed.ts';
import { outdated } from '../store/outdated.ts';
import type { Facts, Overview, Store } from '../store/store.ts';
import type { Dialect } from './dialect.ts';
import {
  committedFrom,
  loadStatements,
  sourcesStatement,
  statesStatement,
  storedState,
  totalsOf,
  totalsStatement,
} from './load.ts';
import { commitStatements } from './statements.ts';
import { createTable, TABLES, type TableName } from './tables.ts';
import { type Query, type SyncQuery, type Talk, talk, talkSync } from './talk.ts';

/** Members of a `Store` for a SQL database, which keeps what is committed in tables. */
export interface SqlTables {
  /** Statements that create missing tables. Run them before anything else. */
  readonly create: readonly string[];
  /** The members of a `Store` that only read. */
  reading(query: Query): Pick<Store, 'sources' | 'load' | 'look'>;
  /**
   * The first half of `Store.transaction`: everything except the records. Call it in the transaction, before them.
   * @throws outdated() if another writer has committed since; roll back then
   */
  write(commit: Facts, query: Query): Promise<void>;
  /** The same for a database in this process. */
  sync(query: SyncQuery): SyncTables;
}

/** What is committed, in a database in this process. */
export interface SyncTables {
  sources(): readonly string[];
  load(owner: Owner): Committed;
  look(source: string): Overview;
  /** @see SqlTables.write */
  write(commit: Facts): void;
}

/** @see SqlTables */
export function sqlTables(dialect: Dialect): SqlTables {
  return {
    create: (Object.keys(TABLES) as TableName[]).map((name) => createTable(dialect, name)),
    reading: (query) => ({
      sources: () => talk(sources(dialect), query),
      load: (owner) => talk(load(dialect, owner), query),
      look: (source) => talk(look(dialect, source), query),
    }),
    write: (commit, query) => talk(write(dialect, commit), query),
    sync: (query) => ({
      sources: () => talkSync(sources(dialect), query),
      load: (owner) => talkSync(load(dialect, owner), query),
      look: (source) => talkSync(look(dialect, source), query),
      write: (commit) => talkSync(write(dialect, commit), query),
    }),
  };
}

function* sources(dialect: Dialect): Talk<readonly string[]> {
  return (yield sourcesStatement(dialect)).map(({ source }) => String(source));
}

function* load(dialect: Dialect, owner: Owner): Talk<Committed> {
  const statements = loadStatements(dialect, owner);
  return committedFrom({
    sources: yield statements.sources,
    states: yield statements.states,
    streams: yield statements.streams,
    copies: yield statements.copies,
  });
}

function* look(dialect: Dialect, source: string): Talk<Overview> {
  return {
    totals: (yield totalsStatement(dialect, source)).map(totalsOf),
    states: (yield statesStatement(dialect, source)).map((row) => ({
      ...storedState(row),
      scope: String(row.scope),
    })),
  };
}

function* write(dialect: Dialect, commit: Facts): Talk<void> {
  const { register, guard, facts } = commitStatements(dialect, commit);
  yield register;
  const [row] = yield guard;
  if (!row) {
    const [last] = yield loadStatements(dialect, commit.owner).sources;
    throw outdated(commit.from, Number(last?.number ?? 0));
  }
  for (const statement of facts) yield statement;
}
