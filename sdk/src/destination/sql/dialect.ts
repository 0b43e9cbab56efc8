/** How a database's SQL differs, as far as the SDK's tables need it. */
export interface Dialect {
  /** A type for whole numbers of 53 bits. */
  readonly integer: string;
  readonly text: string;
  /** Added after `create table (…)`. */
  readonly suffix: string;
  /** A statement's parameter by its number, from 1. */
  parameter(position: number): string;
  /** Whether superseded copies stay in the table, for stores that show readers to which copy a record belongs. */
  readonly keepsSuperseded?: boolean;
  /** The name of one of our tables, quoted if necessary: `states` → `_headrace.states`. */
  table(name: string): string;
}

/** A statement with its values, in the order of its parameters. */
export interface Statement {
  readonly sql: string;
  readonly values: ReadonlyArray<string | number>;
}

/** SQLite, with tables named `_headrace_states` and so on. */
export const sqlite: Dialect = {
  integer: 'integer',
  text: 'text',
  suffix: ' strict, without rowid',
  parameter: () => '?',
  table: (name) => `_headrace_${name}`,
};
