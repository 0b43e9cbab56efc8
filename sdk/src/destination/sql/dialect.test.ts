import { expect, it } from 'vitest';
import type { Copy } from '../copies/copy.ts';
import type { Facts } from '../store/store.ts';
import type { Dialect, Statement } from './dialect.ts';
import { loadStatements, sourcesStatement, statesStatement, totalsStatement } from './load.ts';
import { commitStatements } from './statements.ts';
import { createTable } from './tables.ts';

const postgres: Dialect = {
  integer: 'bigint',
  text: 'text',
  suffix: '',
  parameter: (position) => `$${position}`,
  table: (name) => `_headrace.${name}`,
};
const key = { source: 's', namespace: '', stream: 'a' };
const copy: Copy = {
  ...{ id: 1, key, scope: 'main', runId: 'r', beganAt: 1, generationId: 0, replaces: false, runs: 1 },
  status: 'superseded',
};
const commit: Facts = {
  owner: { source: 's', scope: 'main' },
  ...{ runId: 'r', now: 1, from: 1, number: 2, copies: [copy] },
  forget: [{ stream: 'a', namespace: '' }],
  states: [
    { kind: 'STREAM', stream: { name: 'a' }, json: '{}' },
    { kind: 'GLOBAL', stream: undefined, json: '{}' },
  ],
  streams: [{ key, primaryKey: [['id']], cursorField: undefined, generationId: 1, dedupDue: false }],
  counts: [{ key, stored: 1, quarantined: 0, rolledBack: 0 }],
};

it('statements are in the words of a dialect: names, types, and parameters in the order of their values', () => {
  const { register, guard, facts } = commitStatements(postgres, commit);
  const { guard: still } = commitStatements(postgres, { ...commit, number: 1 });
  const all: Statement[] = [
    ...[register, guard, still, ...facts],
    ...Object.values(loadStatements(postgres, commit.owner)),
    ...[sourcesStatement(postgres), statesStatement(postgres, 's'), totalsStatement(postgres, 's')],
  ];
  expect(all.length).toBeGreaterThan(15);
  for (const { sql, values } of all) {
    expect(sql.match(/\$\d+/g) ?? []).toEqual(values.map((_, k) => `$${k + 1}`));
    expect(sql).not.toContain('?');
    expect(sql).toMatch(/_headrace\.(sources|states|streams|copies|counts)\b/);
  }
  expect(createTable(postgres, 'sources')).toBe(
    'create table if not exists _headrace.sources (source text not null, scope text not null, number bigint not null, run_id text not null, primary key (source, scope))',
  );
});
