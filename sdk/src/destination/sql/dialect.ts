/** What the SQL of two databases differs in, as far as the tables of the SDK need it. */
export interface Dialect {
  /** A type that holds whole numbers of 53 bits. */
  readonly integer: string;
  readonly text: string;
  /** Behind a `create table (…)`. */
  readonly suffix: string;
  /** The parameter of a statement, from 1. */
  parameter(position: number): string;
  /** Superseded copies stay: the store says of what readers find there that it is one. Else they are forgotten. */
  readonly keepsSuperseded?: boolean;
  /** The name of a table of ours, quoted if it has to be: `states` → `_headrace.states`. */
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
