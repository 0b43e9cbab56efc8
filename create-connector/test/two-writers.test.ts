import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { config } from '../template/destination/src/config.ts';
import { acmeStore } from '../template/destination/src/store.ts';

type Commit = Parameters<ReturnType<typeof acmeStore>['transaction']>[0];

const owner = { source: 's', scope: 'main' };
const place = { key: { source: 's', namespace: '', stream: 'a' }, beside: undefined, quarantine: false };

/** A commit of one record by a writer that read this number. */
function commitOf(runId: string, from: number, id: number): Commit {
  const data = Buffer.from(JSON.stringify({ id }));
  const row = { data, meta: undefined, emittedAt: 1, ingestedAt: 2, key: undefined, cursor: undefined };
  return {
    ...{ owner, runId, now: 0, from, number: from + 1 },
    ...{ states: [], forget: [], streams: [], copies: [], counts: [] },
    parts: [{ kind: 'append', place, rows: [row] }],
  };
}

it('two writers of a new destination need no lock: whoever commits on an old number stores nothing', async () => {
  const steps = fc.array(fc.record({ writer: fc.nat(1), reads: fc.boolean() }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(steps, async (order) => {
      const folder = mkdtempSync(join(tmpdir(), 'headrace-writers-'));
      const path = join(folder, 'records.sqlite');
      const stores = [acmeStore(config.parse({ path })), acmeStore(config.parse({ path }))];
      const known = [0, 0];
      const stored: number[] = [];
      for (const [id, { writer, reads }] of order.entries()) {
        if (reads) known[writer] = (await stores[writer]!.load(owner)).number;
        const attempt = stores[writer]!.transaction(commitOf(`run-${writer}`, known[writer]!, id));
        if (known[writer] === stored.length) {
          await attempt;
          stored.push(id);
          known[writer]!++;
        } else await expect(attempt).rejects.toMatchObject({ code: 'destination.state_commit' });
      }
      for (const store of stores) await store.close();
      const db = new DatabaseSync(path);
      const rows = stored.length === 0 ? [] : db.prepare('select _data from "s.a" order by _id').all();
      expect(rows.map(({ _data }) => (JSON.parse(String(_data)) as { id: number }).id)).toEqual(stored);
      db.close();
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 20 },
  );
});
