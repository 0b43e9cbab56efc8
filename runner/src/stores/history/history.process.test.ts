import { fork } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from '@headrace/sdk/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { tenantDatabase } from '../database.ts';
import { sqliteHistory } from './history.ts';

const mine = { tenant: 'acme', name: 'mine' };
const theirs = { tenant: 'acme', name: 'theirs' };

test('a process that is killed while it writes leaves whole runs behind, and others go on', async () => {
  const at = mkdtempSync(join(tmpdir(), 'headrace-history-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  const database = tenantDatabase(at, 'acme');
  const history = sqliteHistory(() => database, { self: () => 'me', isAlive: () => false }, new Secrets());
  const child = fork(join(import.meta.dirname, 'writer.test-support.ts'), [at], {
    execArgv: ['--conditions=headrace:source'],
  });
  await new Promise((resolve) => child.once('message', resolve));
  for (let k = 0; k < 20; k++) await history.begin(mine, { check: true }, k);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));

  const kept = await Array.fromAsync(history.runs('acme', { job: 'theirs' }));
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.map(({ number }) => number)).toEqual(kept.map((_, k) => kept.length - k));
  // All but the last have ended, each with its stream.
  for (const run of kept.slice(1)) expect([run.outcome, run.streams.length]).toEqual(['complete', 1]);
  expect(await history.verify('acme')).toEqual([]);
  expect((await history.begin(theirs, { check: true }, 0)).number).toBe(kept.length + 1);
  expect(await Array.fromAsync(history.runs('acme', { job: 'mine' }))).toHaveLength(20);
  database.close();
  expect(readdirSync(join(at, 'acme'))).toEqual(['history.sqlite']);
});
