import { chmodSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connector, workspace } from './workspace.ts';

type Found = { level: string; topic: string; message: string; hint?: string };
const findingsOf = (ran: { json: { data: unknown } }) => (ran.json.data as { findings: Found[] }).findings;

test('doctor names what is missing, who else may read, and what to do', async () => {
  const w = workspace();
  const destination = { connector: connector('destination'), config: { out: 'x' } };
  w.write(
    'headrace.yaml',
    JSON.stringify({
      tenant: 'acme',
      jobs: {
        good: { source: { connector: connector('source'), config: { notes: 'n' } }, destination },
        bad: { source: { connector: 'no-such-source', config: {} }, destination },
        empty: { source: { connector: connector('source'), config: { notes: '${NOT_SET}' } }, destination },
      },
    }),
  );
  w.write('.env', 'A=1\n');
  w.write('secrets/acme/jira.json', '{}');
  chmodSync(w.path('.env'), 0o644);
  chmodSync(w.path('secrets/acme/jira.json'), 0o600);
  const ran = await w.run('doctor', '--offline', '--json');
  expect(ran.exitCode).toBe(2);
  const findings = findingsOf(ran);
  expect(findings).toContainEqual({
    level: 'problem',
    topic: 'acme › empty',
    message: expect.stringContaining('the variable NOT_SET is not set (headrace.yaml'),
    hint: expect.stringContaining('set NOT_SET'),
  });
  expect(findings).toContainEqual(
    expect.objectContaining({
      level: 'problem',
      topic: 'acme › bad',
      message: expect.stringContaining('no-such-source'),
    }),
  );
  expect(findings.filter(({ topic }) => topic === 'acme › good').map(({ level }) => level)).toEqual([
    'ok',
    'ok',
    'ok',
  ]);
  expect(findings.filter(({ topic }) => topic === 'permissions')).toEqual([
    expect.objectContaining({ level: 'warning', hint: 'chmod 600 .env' }),
  ]);
  const text = (await w.run('doctor', '--offline')).stdout;
  expect(text).toMatch(/✗ acme › bad +/);
  expect(text.trim().split('\n').at(-1)).toMatch(/^2 problems, \d+ warning/);
});

test('doctor works without a jobs file, and says so', async () => {
  const w = workspace();
  const ran = await w.run('doctor', '--json');
  expect(ran.exitCode).toBe(2);
  expect(findingsOf(ran).filter(({ level }) => level === 'problem')).toEqual([
    expect.objectContaining({ topic: 'jobs', hint: expect.stringContaining('headrace init') }),
  ]);
});

test('a damaged history is found', async () => {
  const w = workspace();
  w.job([]);
  await w.run('run', '-q');
  const database = w.files().find((file) => /\.headrace\/.*\.sqlite$/.test(file)) as string;
  writeFileSync(database, 'this is no database');
  const found = findingsOf(await w.run('doctor', '--offline', '--json'));
  expect(found).toContainEqual(expect.objectContaining({ level: 'problem', topic: 'history' }));
});
