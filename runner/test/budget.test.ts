import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { connector, stream, workspace } from './workspace.ts';

test('jobs with one host and one credential share a budget; a source of others is not limited, which is said', async () => {
  const w = workspace();
  const job = (name: string, config: object, over: object = {}) => ({
    source: {
      connector: connector('our-source'),
      config: { notes: w.path(name), plan: [stream('a', 1)], streams: [{ name: 'a' }], ...config },
    },
    destination: { connector: connector('destination'), config: { out: w.path(`out-${name}`) } },
    requests_per_second: 50,
    ...over,
  });
  const acme = { base_url: 'https://acme.example/api', token: 'sesame-of-acme' };
  const foreign = job('foreign', acme);
  const jobs = {
    one: job('one', acme),
    two: job('two', { ...acme, base_url: 'https://acme.example/other' }),
    'other-token': job('other-token', { ...acme, token: 'sesame-of-another' }),
    'other-host': job('other-host', { ...acme, base_url: 'https://globex.example' }),
    free: job('free', acme, { requests_per_second: undefined }),
    foreign: { ...foreign, source: { ...foreign.source, connector: connector('source') } },
  };
  w.write('headrace.yaml', JSON.stringify({ jobs }));
  const ran = await w.run('run', '--all');
  expect(ran.exitCode).toBe(0);
  const budgetsOf = (name: string) => w.lines(name).map((call) => call.budget);
  const [budget] = budgetsOf('one') as [string];
  expect(budget.startsWith(w.path('state-home/headrace/budgets/'))).toBe(true);
  // Discover, check and read take from it.
  expect(budgetsOf('one')).toEqual([budget, budget, budget]);
  expect(budgetsOf('two')[0]).toBe(budget);
  const others = ['other-token', 'other-host'].map((name) => budgetsOf(name)[0]);
  expect(new Set([budget, ...others]).size).toBe(3);
  expect([...budgetsOf('free'), ...budgetsOf('foreign')].every((one) => one === undefined)).toBe(true);
  expect(ran.stderr.match(/foreign: requests_per_second has no effect/g)).toHaveLength(1);
  expect((await w.run('validate')).stderr).toContain('foreign: requests_per_second has no effect');

  expect(statSync(budget).mode & 0o777).toBe(0o600);
  const db = new DatabaseSync(budget);
  expect(db.prepare('select interval_ms from budget').all()).toEqual([{ interval_ms: 20 }]);
  db.close();
});
