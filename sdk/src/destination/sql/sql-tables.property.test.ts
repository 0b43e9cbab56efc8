import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Copy } from '../copies/copy.ts';
import { NOTHING } from '../store/committed.ts';
import type { Facts } from '../store/store.ts';
import { withCommit } from '../store/with-commit.ts';
import { sqlite } from './dialect.ts';
import { sqlTables } from './sql-tables.ts';
import type { Query } from './talk.ts';

const tables = sqlTables(sqlite);
const OWNER = { source: 's', scope: 'main' };

let db: DatabaseSync;
const query: Query = ({ sql, values }) => db.prepare(sql).all(...values);
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  for (const sql of tables.create) db.exec(sql);
});
afterEach(() => db.close());

const name = fc.constantFrom('a', 'b', 'ä', "it's");
const namespace = fc.constantFrom('', 'shop');
const key = fc.record({ source: fc.constant('s'), namespace, stream: name });
const state = fc.oneof(
  fc.record({ name, namespace }).map(({ name: stream, namespace: space }) => ({
    kind: 'STREAM' as const,
    stream: space === '' ? { name: stream } : { name: stream, namespace: space },
    json: `{"type":"STREAM","stream":{"n":${stream.length}}}`,
  })),
  fc.constantFrom('GLOBAL' as const, 'LEGACY' as const).map((kind) => ({
    ...{ kind, stream: undefined, json: `{"type":"${kind}"}` },
  })),
);
const copy: fc.Arbitrary<Copy> = fc.record({
  id: fc.integer({ min: 1, max: 4 }),
  key,
  scope: fc.constantFrom('main', 'backfill'),
  runId: fc.constantFrom('r1', 'r2'),
  beganAt: fc.nat(),
  generationId: fc.nat(),
  replaces: fc.boolean(),
  status: fc.constantFrom('open' as const, 'whole' as const, 'complete' as const, 'superseded' as const),
  runs: fc.nat(3),
});
const facts: fc.Arbitrary<
  Omit<Facts, 'from' | 'number' | 'owner'> & { counts: Facts['counts']; moves: boolean }
> = fc.record({
  runId: fc.constantFrom('r1', 'r2'),
  now: fc.nat(),
  moves: fc.boolean(),
  states: fc.array(state, { maxLength: 4 }),
  forget: fc.array(fc.record({ stream: name, namespace }), { maxLength: 2 }),
  streams: fc.uniqueArray(
    fc.record({
      key,
      primaryKey: fc.constantFrom(undefined, [['id']], [['a', 'b'], ['c']]),
      cursorField: fc.constantFrom(undefined, ['at']),
      generationId: fc.nat(),
      dedupDue: fc.boolean(),
    }),
    { maxLength: 3, selector: (known) => JSON.stringify(known.key) },
  ),
  copies: fc.uniqueArray(copy, { maxLength: 3, selector: ({ id }) => id }),
  counts: fc.array(fc.record({ key, stored: fc.nat(9), quarantined: fc.nat(9), rolledBack: fc.nat(9) }), {
    maxLength: 3,
  }),
});

it('a database holds after each commit what withCommit says, and nothing of one that is refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(facts, { maxLength: 6 }), async (all) => {
      for (const table of ['sources', 'states', 'streams', 'copies', 'counts'])
        db.exec(`delete from ${sqlite.table(table)}`);
      const reading = tables.reading(query);
      let committed = NOTHING;
      let stored = 0;
      for (const { moves, ...one } of all) {
        const from = committed.number;
        const commit: Facts = { ...one, owner: OWNER, from, number: from + Number(moves) };
        await expect(tables.write({ ...commit, from: from + 1 }, query)).rejects.toThrow(
          'another pipe wrote',
        );
        await tables.write(commit, query);
        committed = withCommit(committed, commit);
        const sorted = <T extends object>(list: readonly T[]): string[] =>
          list.map((item) => JSON.stringify(item)).sort();
        const loaded = await reading.load(OWNER);
        expect({ ...loaded, streams: [], copies: [] }).toEqual({ ...committed, streams: [], copies: [] });
        // What is superseded is of no use to a database.
        committed = {
          ...committed,
          copies: committed.copies.filter(({ status }) => status !== 'superseded'),
        };
        expect(sorted(loaded.copies)).toEqual(sorted(committed.copies));
        expect(loaded.streams.length).toBe(committed.streams.length);
        expect(loaded.streams).toEqual(expect.arrayContaining([...committed.streams]));
        for (const counted of one.counts) stored += counted.stored;
      }
      const { totals } = await reading.look('s');
      expect(totals.reduce((sum, one) => sum + one.stored, 0)).toBe(stored);
      expect(await reading.sources()).toEqual(all.length > 0 ? ['s'] : []);
    }),
    { numRuns: 100 },
  );
});
