import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from '../src/journal/journal.ts';
import { compact } from '../src/rewrite/compact.ts';
import { type StatsRow, statsRows } from '../src/tables/stats-rows.ts';
import { type Around, settingsOf, writeStreams } from './run.ts';
import { env } from './store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headrace-stats-'));
});
afterEach(() => rmSync(root, { recursive: true }));

let runs = 0;
const write = (lines: string[], around: Around = {}, given = {}) =>
  writeStreams(root, { a: lines }, { run_id: `r${++runs}`, envelope: 'none', ...given }, around);

async function stats(): Promise<
  Pick<StatsRow, 'records' | 'replaced' | 'quarantined' | 'rolledBack' | 'received'>
> {
  const journal = (await Journal.openToRead(root))!;
  const [row] = statsRows(journal, 's') as [StatsRow];
  journal.close();
  const { records, replaced, quarantined, rolledBack, received } = row;
  expect(records + replaced + quarantined + rolledBack).toBe(received);
  return { records, replaced, quarantined, rolledBack, received };
}

const overwrite: Around = { asked: { syncMode: 'full_refresh', destinationSyncMode: 'overwrite' } };
const dedup: Around = {
  asked: {
    syncMode: 'incremental',
    destinationSyncMode: 'append_dedup',
    primaryKey: [['k']],
    cursorField: ['u'],
  },
};
const fullRefresh: Around = { asked: { syncMode: 'full_refresh', destinationSyncMode: 'append' } };
const one = '{"k":1,"u":1}';
const two = '{"k":2,"u":1}';

it.each(['partitioned', 'flat'] as const)('adds up after an overwrite and a rollback: %s', async (layout) => {
  await write([one, two, '[]'], overwrite, { layout });
  await write([two], overwrite, { layout });
  expect(await stats()).toEqual({ records: 1, replaced: 2, quarantined: 1, rolledBack: 0, received: 4 });
  await write([one], { ...overwrite, lost: [two, two] }, { layout });
  expect(await stats()).toEqual({ records: 1, replaced: 3, quarantined: 1, rolledBack: 2, received: 7 });
});

it('adds up after append_dedup, a later whole copy and compact', async () => {
  await write([one, two, '{"k":1,"u":2}'], dedup);
  expect(await stats()).toMatchObject({ records: 2, replaced: 1, received: 3 });
  await write([two], fullRefresh);
  await write([two, two], fullRefresh);
  const before = await stats();
  const journal = (await Journal.openExisting(root))!;
  const task = {
    root,
    journal,
    env,
    config: settingsOf(root, { envelope: 'none' }),
    source: 's',
    runId: 'c',
  };
  for await (const _ of compact(task));
  journal.close();
  const after = await stats();
  expect(after.received).toBe(6);
  expect([before.records - after.records, after.replaced - before.replaced]).toEqual([1, 1]);
});
