import type { Facts } from '../store/store.ts';
import type { Dialect, Statement } from './dialect.ts';
import { TABLES, type TableName, type TableShape } from './tables.ts';

/** The statements of a commit. */
export interface CommitStatements {
  /** Inserts the owner if it is not there. */
  readonly register: Statement;
  /** Sets the number if it is still the expected one, and returns a row then. Without a row, nothing may be changed. */
  readonly guard: Statement;
  /** The rest, in order. */
  readonly facts: readonly Statement[];
}

/** Everything in a commit except the records, as SQL for our tables. */
export function commitStatements(dialect: Dialect, commit: Facts): CommitStatements {
  const { table, parameter } = dialect;
  const { owner, runId, now } = commit;
  const put = (name: TableName, values: ReadonlyArray<string | number>): Statement =>
    upsert(dialect, name, values);
  const drop = (where: string, ...values: Array<string | number>): Statement => ({
    sql: `delete from ${table('states')} where source = ${parameter(1)} and scope = ${parameter(2)}${where}`,
    values: [owner.source, owner.scope, ...values],
  });
  const facts: Statement[] = [];
  for (const { namespace, stream } of commit.forget)
    facts.push(drop(` and namespace = ${parameter(3)} and stream = ${parameter(4)}`, namespace, stream));
  // Never states of two kinds: the protocol forbids mixing them, and the last kind counts.
  for (const { kind, stream, json } of commit.states) {
    facts.push(drop(kind === 'STREAM' ? " and kind <> 'STREAM'" : ''));
    facts.push(
      put('states', [
        owner.source,
        owner.scope,
        stream?.namespace ?? '',
        stream?.name ?? '',
        kind,
        json,
        runId,
        now,
      ]),
    );
  }
  for (const { key, primaryKey = [], cursorField = [], generationId, dedupDue } of commit.streams)
    facts.push(
      put('streams', [
        key.source,
        key.namespace,
        key.stream,
        JSON.stringify(primaryKey),
        JSON.stringify(cursorField),
        generationId,
        Number(dedupDue),
      ]),
    );
  for (const copy of commit.copies)
    facts.push(
      put('copies', [
        copy.key.source,
        copy.id,
        copy.key.namespace,
        copy.key.stream,
        copy.scope,
        copy.runId,
        copy.beganAt,
        copy.generationId,
        Number(copy.replaces),
        copy.runs,
        copy.status,
      ]),
    );
  for (const { key, stored, quarantined, rolledBack } of commit.counts)
    facts.push(
      addCounts(dialect, [
        key.source,
        runId,
        key.namespace,
        key.stream,
        stored,
        quarantined,
        rolledBack,
        now,
      ]),
    );
  if (!dialect.keepsSuperseded && commit.copies.some(({ status }) => status === 'superseded'))
    facts.push({
      sql: `delete from ${table('copies')} where source = ${parameter(1)} and status = 'superseded'`,
      values: [owner.source],
    });
  return {
    register: {
      sql: `insert into ${table('sources')} (source, scope, number, run_id) values (${[1, 2, 3, 4].map(parameter).join(', ')}) on conflict do nothing`,
      values: [owner.source, owner.scope, 0, ''],
    },
    guard: guardStatement(dialect, commit),
    facts,
  };
}

/** If the number stays the same, `run_id` stays, too: it names who made the last commit. */
function guardStatement({ table, parameter }: Dialect, { owner, runId, from, number }: Facts): Statement {
  const set = number === from ? [] : [runId];
  const next = 2 + set.length;
  return {
    sql: `update ${table('sources')} set number = ${parameter(1)}${number === from ? '' : `, run_id = ${parameter(2)}`}
      where source = ${parameter(next)} and scope = ${parameter(next + 1)} and number = ${parameter(next + 2)}
      returning number`,
    values: [number, ...set, owner.source, owner.scope, from],
  };
}

function insert(
  { table, parameter }: Dialect,
  name: TableName,
): { head: string; key: string; more: string[] } {
  const { columns, keys } = TABLES[name] as TableShape;
  const names = Object.keys(columns);
  const parameters = names.map((_, k) => parameter(k + 1)).join(', ');
  return {
    head: `insert into ${table(name)} as mine (${names.join(', ')}) values (${parameters})`,
    key: names.slice(0, keys).join(', '),
    more: names.slice(keys),
  };
}

function upsert(dialect: Dialect, name: TableName, values: ReadonlyArray<string | number>): Statement {
  const { head, key, more } = insert(dialect, name);
  const set = more.map((column) => `${column} = excluded.${column}`).join(', ');
  return { sql: `${head} on conflict (${key}) do update set ${set}`, values };
}

/** If a run id is used again, its counts are added up. */
function addCounts(dialect: Dialect, values: ReadonlyArray<string | number>): Statement {
  const { head, key, more } = insert(dialect, 'counts');
  const set = more.map((column) =>
    column === 'updated_at'
      ? `${column} = excluded.${column}`
      : `${column} = mine.${column} + excluded.${column}`,
  );
  return { sql: `${head} on conflict (${key}) do update set ${set.join(', ')}`, values };
}
