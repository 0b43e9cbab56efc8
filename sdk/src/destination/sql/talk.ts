import { storable } from '../names/names.ts';
import type { Statement } from './dialect.ts';
import type { SqlRow } from './load.ts';

/** Yields statements to run one after the other, gets the rows of each, and returns a result. */
export type Talk<T> = Generator<Statement, T, readonly SqlRow[]>;

/** Runs a statement and returns its rows; in the open transaction, if there is one. */
export type Query = (statement: Statement) => readonly SqlRow[] | Promise<readonly SqlRow[]>;

/** The same, for a database in this process. */
export type SyncQuery = (statement: Statement) => readonly SqlRow[];

export async function talk<T>(statements: Talk<T>, query: Query): Promise<T> {
  let step = statements.next([]);
  while (!step.done) step = statements.next(await query(bound(step.value)));
  return step.value;
}

export function talkSync<T>(statements: Talk<T>, query: SyncQuery): T {
  let step = statements.next([]);
  while (!step.done) step = statements.next(query(bound(step.value)));
  return step.value;
}

function bound({ sql, values }: Statement): Statement {
  return { sql, values: values.map((value) => (typeof value === 'string' ? storable(value) : value)) };
}
