import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stream, workspace } from './workspace.ts';

type Data = { jobs: Array<{ outcomes: object; streams: object[]; verification?: object }> };
const dataOf = (ran: { json: { data: unknown } }) => ran.json.data as Data;

test('report shows runs, streams and what verify finds, as text, JSON and HTML', async () => {
  const w = workspace();
  w.job([[...stream('a', 2), ...stream('b', 1)]], { ends: ['source', 'keeping-destination'] });
  await w.run('run', '-q');
  await w.run('run', '-q');
  const text = await w.run('report', '--html', 'report.html');
  expect(text.exitCode).toBe(0);
  expect(text.stdout).toMatch(/acme › j\n {2}·{29}✓\n {2}run 2 began .*: complete\n/);
  expect(text.stdout).toMatch(/│ a +│ ·{29}█ │ +4 │/);
  expect(text.stdout).toContain('verified: everything is as it was committed');
  const html = readFileSync(w.path('report.html'), 'utf8');
  expect(html).toContain('acme › j');
  expect(html).toContain('Verified: everything');
  const { jobs } = dataOf(await w.run('report', '--days', '1', '--no-verify', '--json'));
  expect(jobs).toMatchObject([
    { outcomes: { complete: 2 }, streams: [{ name: 'a', committed: [4], total: 4 }, { name: 'b' }] },
  ]);
  expect(jobs[0]?.verification).toBeUndefined();
});

test('what verify finds is 1; a destination that cannot be asked costs only that', async () => {
  const w = workspace();
  const problem = { code: 'missing', path: 'x/y', what: 'it is gone', hint: 'restore it' };
  w.job([], { ends: ['source', 'keeping-destination'], destination: { misbehave: { verify: [problem] } } });
  const ran = await w.run('report');
  expect(ran.exitCode).toBe(1);
  expect(ran.stdout).toContain('✗ missing  x/y: it is gone\n    → restore it');
  w.job([], { ends: ['source', 'keeping-destination'], destination: { misbehave: { verify: 'nonsense' } } });
  const unknown = await w.run('report', '--json');
  expect(unknown.exitCode).toBe(0);
  expect(dataOf(unknown).jobs[0]?.verification).toMatchObject({ kind: 'unknown' });
  w.job([], { ends: ['source', 'destination'] });
  expect((await w.run('report')).stdout).toContain('has no verify');
});

test('a secret in an error stands in neither text nor HTML, whatever HTML makes of its letters', async () => {
  const w = workspace();
  const token = 'sesame&<"open">';
  const error = { do: 'error', stream: 'a', message: `401 for ${token}`, kind: 'config_error' };
  w.job([[error]], { source: { token } });
  await w.run('run', '-q');
  const { stdout } = await w.run('report', '--html', 'x.html', '--no-verify');
  const html = readFileSync(w.path('x.html'), 'utf8');
  for (const text of [stdout, html]) {
    expect(text).toContain('401 for ****');
    expect(text).not.toContain('sesame');
  }
});

test('a file that cannot be written is an error', async () => {
  const w = workspace();
  w.job([]);
  writeFileSync(w.path('file'), '');
  expect((await w.run('report', '--html', 'file/x.html', '--json')).json.errors).toMatchObject([
    { code: 'report.not_written' },
  ]);
});
