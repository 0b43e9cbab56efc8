import type { Dialect } from './dialect.ts';

type Type = 'text' | 'integer';

/** One of our tables: its columns, of which the first `keys` are its key. */
export interface TableShape {
  readonly columns: Readonly<Record<string, Type>>;
  readonly keys: number;
}

/**
 * `sources`: one row per owner; `number` counts commits and never decreases, `run_id` made the last one. `streams`:
 * what a catalog last said about a stream. `copies`: each full reading of a stream is a new copy; `runs` counts the
 * runs that have written to it. `counts`: what became of the records, per run and stream: received = stored +
 * quarantined + rolled_back.
 */
export const TABLES = {
  sources: { keys: 2, columns: { source: 'text', scope: 'text', number: 'integer', run_id: 'text' } },
  states: {
    keys: 4,
    columns: {
      source: 'text',
      scope: 'text',
      namespace: 'text',
      stream: 'text',
      kind: 'text',
      json: 'text',
      run_id: 'text',
      updated_at: 'integer',
    },
  },
  streams: {
    keys: 3,
    columns: {
      source: 'text',
      namespace: 'text',
      stream: 'text',
      primary_key: 'text',
      cursor_field: 'text',
      generation_id: 'integer',
      dedup_due: 'integer',
    },
  },
  copies: {
    keys: 2,
    columns: {
      source: 'text',
      id: 'integer',
      namespace: 'text',
      stream: 'text',
      scope: 'text',
      run_id: 'text',
      began_at: 'integer',
      generation_id: 'integer',
      replaces: 'integer',
      runs: 'integer',
      status: 'text',
    },
  },
  counts: {
    keys: 4,
    columns: {
      source: 'text',
      run_id: 'text',
      namespace: 'text',
      stream: 'text',
      stored: 'integer',
      quarantined: 'integer',
      rolled_back: 'integer',
      updated_at: 'integer',
    },
  },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof TABLES;

/** Creates a table that does not exist yet. */
export function createTable(dialect: Dialect, name: TableName): string {
  const { columns, keys } = TABLES[name] as TableShape;
  const names = Object.keys(columns);
  const defined = names.map((column) => `${column} ${dialect[columns[column]!]} not null`);
  const key = `primary key (${names.slice(0, keys).join(', ')})`;
  return `create table if not exists ${dialect.table(name)} (${[...defined, key].join(', ')})${dialect.suffix}`;
}
