import type { Copy, CopyStatus } from '../copies/copy.ts';
import type { Owner } from '../names/names.ts';
import type { Committed, KnownStream, StoredState } from '../store/committed.ts';
import type { StreamTotals } from '../store/store.ts';
import type { Dialect, Statement } from './dialect.ts';

/** A row as a database returns it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Selects what is committed for an owner: one statement per table. */
export function loadStatements(
  { table, parameter }: Dialect,
  { source, scope }: Owner,
): Record<'sources' | 'states' | 'streams' | 'copies', Statement> {
  const ofSource = `where source = ${parameter(1)}`;
  const ofOwner = `${ofSource} and scope = ${parameter(2)}`;
  return {
    sources: { sql: `select * from ${table('sources')} ${ofOwner}`, values: [source, scope] },
    states: {
      sql: `select * from ${table('states')} ${ofOwner} order by namespace, stream`,
      values: [source, scope],
    },
    streams: { sql: `select * from ${table('streams')} ${ofSource}`, values: [source] },
    copies: { sql: `select * from ${table('copies')} ${ofSource} order by id`, values: [source] },
  };
}

/** What is committed according to these rows. */
export function committedFrom(
  rows: Readonly<Record<'sources' | 'states' | 'streams' | 'copies', readonly SqlRow[]>>,
): Committed {
  const [last] = rows.sources;
  return {
    number: Number(last?.number ?? 0),
    lastRun: String(last?.run_id ?? ''),
    states: rows.states.map(storedState),
    streams: rows.streams.map(streamOf),
    copies: rows.copies.map(copyOf),
  };
}

/** A row of `states`. */
export function storedState(row: SqlRow): StoredState {
  return {
    kind: row.kind as StoredState['kind'],
    stream: String(row.stream),
    namespace: String(row.namespace),
    json: String(row.json),
    runId: String(row.run_id),
    updatedAt: Number(row.updated_at),
  };
}

function streamOf(row: SqlRow): KnownStream {
  const paths = <T>(text: unknown): readonly T[] | undefined => {
    const list = JSON.parse(String(text)) as T[];
    return list.length > 0 ? list : undefined;
  };
  return {
    key: keyOfRow(row),
    primaryKey: paths<readonly string[]>(row.primary_key),
    cursorField: paths<string>(row.cursor_field),
    generationId: Number(row.generation_id),
    dedupDue: Number(row.dedup_due) === 1,
  };
}

function copyOf(row: SqlRow): Copy {
  return {
    id: Number(row.id),
    key: keyOfRow(row),
    scope: String(row.scope),
    runId: String(row.run_id),
    beganAt: Number(row.began_at),
    generationId: Number(row.generation_id),
    replaces: Number(row.replaces) === 1,
    status: row.status as CopyStatus,
    runs: Number(row.runs),
  };
}

function keyOfRow(row: SqlRow): Copy['key'] {
  return { source: String(row.source), namespace: String(row.namespace), stream: String(row.stream) };
}

/** Selects all sources ever written. */
export function sourcesStatement({ table }: Dialect): Statement {
  return { sql: `select distinct source from ${table('sources')} order by source`, values: [] };
}

/** Selects what became of a source's records, per stream. */
export function totalsStatement({ table, parameter }: Dialect, source: string): Statement {
  const sql = `select source, namespace, stream, count(*) as runs, sum(stored) as stored, sum(quarantined) as quarantined,
    sum(rolled_back) as rolled_back from ${table('counts')} where source = ${parameter(1)}
    group by source, namespace, stream order by namespace, stream`;
  return { sql, values: [source] };
}

/** Selects all states of a source. */
export function statesStatement({ table, parameter }: Dialect, source: string): Statement {
  return {
    sql: `select * from ${table('states')} where source = ${parameter(1)} order by scope, namespace, stream`,
    values: [source],
  };
}

/** A row of totals. */
export function totalsOf(row: SqlRow): StreamTotals {
  return {
    key: keyOfRow(row),
    runs: Number(row.runs),
    stored: Number(row.stored),
    quarantined: Number(row.quarantined),
    rolledBack: Number(row.rolled_back),
  };
}
