import { afterEach, expect, it } from 'vitest';
import type { JiraOptions } from './options.ts';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson, chain, search } from './testing/client.ts';

let jira: JiraSandbox;
let now = Date.UTC(2026, 10, 20, 12);
const start = async (options: JiraOptions) => {
  now = Date.UTC(2026, 10, 20, 12);
  jira = await startJira({ clock: () => now, ...options });
};
afterEach(() => jira.close());

const ALL = { jql: 'project = ENG ORDER BY updated ASC', fields: ['updated', 'summary'], maxResults: 20 };

it('returns an issue again on a later page if it changed after it was read', async () => {
  await start({ issues: 300 });
  const first = (await search(jira, ALL)).issues[0]!;
  const ids = jira.ids().filter(({ project }) => project === 'ENG');
  const found = await chain(jira, ALL, (page) => {
    now += 1000;
    if (page === 0) jira.control.touch({ issues: [first.id], kind: 'edit' });
  });
  expect(found).toHaveLength(ids.length + 1);
  expect(found.at(-1)!.id).toBe(first.id);
  expect(found.at(-1)!.fields.summary).toBe(`${first.fields.summary} (rev 1)`);
  expect(new Set(found.map(({ id }) => id)).size).toBe(ids.length);
});

it('does not skip an issue when an earlier one moves to the end', async () => {
  await start({ issues: 300 });
  const before = await chain(jira, ALL);
  const found = await chain(jira, ALL, (page) => {
    now += 1000;
    if (page === 1) jira.control.touch({ issues: before.slice(0, 30).map(({ id }) => id) });
  });
  expect(new Set(found.map(({ id }) => id))).toEqual(new Set(before.map(({ id }) => id)));
  expect(found).toHaveLength(before.length + 30);
});

it('shows the old version in search during the index lag, and the new one elsewhere at once', async () => {
  await start({ issues: 100, indexLagMs: 20_000 });
  const old = (await search(jira, { jql: 'id = 10001', fields: ['*all'] })).issues[0]!;
  now += 5000;
  const [{ updated } = { updated: 0 }] = jira.control.touch({ issues: [10_001] });
  const inSearch = async (jql: string) => (await search(jira, { jql, fields: ['*all'] })).issues;
  expect(await inSearch('id = 10001')).toEqual([old]);
  expect(await inSearch(`id = 10001 AND updated >= ${updated}`)).toEqual([]);
  const single = await askJson<{ fields: { updated: string } }>(jira, 'GET', '/rest/api/3/issue/10001');
  const bulk = await askJson<{ issues: { fields: { updated: string } }[] }>(
    jira,
    'POST',
    '/rest/api/3/issue/bulkfetch',
    { issueIdsOrKeys: ['10001'] },
  );
  for (const { fields } of [single, ...bulk.issues]) expect(Date.parse(fields.updated)).toBe(updated);
  const reconciled = await search(jira, {
    jql: `updated >= ${updated}`,
    fields: ['updated'],
    reconcileIssues: ['10001'],
  });
  expect(reconciled.issues.map(({ id }) => id)).toEqual(['10001']);
  now += 19_999;
  expect(await inSearch('id = 10001')).toEqual([old]);
  now += 1;
  expect(
    (await inSearch(`id = 10001 AND updated >= ${updated}`)).map(({ fields }) => Date.parse(fields.updated)),
  ).toEqual([updated]);
});

it('never returns to an older version when a prompt change overtakes a late one', async () => {
  await start({ issues: 10 });
  jira.control.indexLag({ ms: 10_000 });
  jira.control.touch({ issues: [10_001], kind: 'edit' });
  jira.control.indexLag({ ms: 0 });
  now += 1000;
  jira.control.touch({ issues: [10_001], kind: 'edit' });
  const revision = async () =>
    (await search(jira, { jql: 'id = 10001', fields: ['summary'] })).issues[0]!.fields.summary.slice(-7);
  expect(await revision()).toBe('(rev 2)');
  now += 20_000;
  expect(await revision()).toBe('(rev 2)');
});

it('hides only a share of the changes', async () => {
  await start({ issues: 1000, indexLagMs: 60_000, indexLagShare: 0.5 });
  now += 120_000;
  jira.control.touch({ count: 400 });
  const { issues } = await search(jira, { jql: `updated >= ${now}`, maxResults: 5000 });
  expect(issues.length).toBeGreaterThan(140);
  expect(issues.length).toBeLessThan(260);
});

it('touches the requested number of issues, of one project, or all', async () => {
  await start({ issues: 90 });
  const ops = jira
    .ids()
    .filter(({ project }) => project === 'OPS')
    .map(({ id }) => id);
  expect(jira.control.touch({ project: 'OPS', count: 1000 }).map(({ id }) => id)).toEqual(ops);
  expect(new Set(jira.control.touch({ count: 80 }).map(({ id }) => id)).size).toBe(80);
});

it('creates, deletes and moves issues', async () => {
  await start({ issues: 60, indexLagMs: 1000 });
  const found = async (jql: string) =>
    (await search(jira, { jql, maxResults: 5000 })).issues.map(({ id }) => id);
  const [created] = jira.control.create({ project: 'OPS' });
  expect(created!.id).toBe('10061');
  expect(await found('id = 10061')).toEqual([]);
  now += 1000;
  expect(await found('id = 10061 AND project = OPS')).toEqual(['10061']);

  const before = await askJson<{ key: string }>(jira, 'GET', '/rest/api/3/issue/10001');
  const [moved] = jira.control.move({ issues: [10_001], to: 'DATA' });
  expect(moved!.key).toMatch(/^DATA-\d+$/);
  for (const name of ['10001', before.key, moved!.key]) {
    expect(await askJson(jira, 'GET', `/rest/api/3/issue/${name}?fields=summary`)).toMatchObject({
      id: '10001',
      key: moved!.key,
    });
  }
  now += 1000;
  expect(await found('project = DATA')).toContain('10001');
  expect(await found(`project = ${before.key.split('-')[0]}`)).not.toContain('10001');

  jira.control.delete({ issues: [10_002] });
  expect((await ask(jira, 'GET', '/rest/api/3/issue/10002')).status).toBe(404);
  expect(await found('id = 10002')).toEqual(['10002']);
  now += 1000;
  expect(await found('id = 10002')).toEqual([]);
  expect(jira.ids().map(({ id }) => id)).not.toContain('10002');
});

it('hides a project and shows it again', async () => {
  await start({ issues: 60 });
  jira.control.revokeProject({ project: 'ENG' });
  const { id } = jira.ids().find(({ project }) => project === 'ENG')!;
  const listed = async (query = '') =>
    (
      await askJson<{ values: { key: string }[] }>(jira, 'GET', `/rest/api/3/project/search${query}`)
    ).values.map(({ key }) => key);
  expect(await listed()).not.toContain('ENG');
  expect((await ask(jira, 'GET', `/rest/api/3/issue/${id}`)).status).toBe(404);
  expect((await search(jira, { jql: `id = ${id}` })).issues).toEqual([]);
  expect((await ask(jira, 'POST', '/rest/api/3/search/jql', { jql: 'project = ENG' })).status).toBe(400);
  jira.control.restoreProject({ project: 'ENG' });
  expect((await search(jira, { jql: `id = ${id}` })).issues).toEqual([{ id }]);
  jira.control.projectStatus({ project: 'ENG', status: 'archived' });
  expect(await listed()).not.toContain('ENG');
  expect(await listed('?status=archived')).toEqual(['ENG']);
  expect((await search(jira, { jql: `id = ${id}` })).issues).toEqual([]);
});

it('hides issues like a security level, and reveals them unchanged', async () => {
  await start({ issues: 60 });
  const { id, updated } = jira.ids()[0]!;
  const found = async () => (await search(jira, { jql: `id = ${id}`, fields: ['updated'] })).issues;
  const [before] = await found();
  jira.control.conceal({ issues: [id] });
  expect(await found()).toEqual([]);
  expect((await ask(jira, 'GET', `/rest/api/3/issue/${id}`)).status).toBe(404);
  expect(jira.ids()[0]).toMatchObject({ id, updated });
  jira.control.reveal({ issues: [id] });
  expect(await found()).toEqual([before]);
});

it('takes its Date header and updated from its own clock', async () => {
  await start({ issues: 5 });
  const date = async () => Date.parse(String((await ask(jira, 'GET', '/rest/api/3/myself')).headers.date));
  expect(await date()).toBe(now);
  expect(jira.control.advanceClock({ ms: 3_600_000 })).toBe(now + 3_600_000);
  expect(await date()).toBe(now + 3_600_000);
  expect(jira.control.touch({ issues: [10_001] })[0]!.updated).toBe(now + 3_600_000);
});

it('finds every issue once after thousands of changes', async () => {
  await start({ issues: 200 });
  for (let i = 0; i < 60; i++) {
    now += 500;
    jira.control.touch({ count: 100 });
  }
  const found = await chain(jira, {
    jql: 'id > 0 ORDER BY updated ASC',
    fields: ['updated'],
    maxResults: 100,
  });
  expect(found.map(({ id }) => id).sort()).toEqual(jira.ids().map(({ id }) => id));
});
