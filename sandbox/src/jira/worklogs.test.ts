import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { JiraOptions } from './options.ts';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson, search, type TestIssue } from './testing/client.ts';

let jira: JiraSandbox;
let now = 0;
const start = async (options: JiraOptions = {}) => {
  now = Date.UTC(2026, 10, 20, 12);
  jira = await startJira({ clock: () => now, ...options });
};
afterEach(() => jira.close());

interface Changed {
  values: { worklogId: number; updatedTime: number; properties: unknown[] }[];
  since: number;
  until: number;
  nextPage?: string;
  lastPage: boolean;
}
type Worklog = { id: string; issueId: string; updated: string; timeSpentSeconds: number };

const changed = (what: 'updated' | 'deleted', since = 0, more = '') =>
  askJson<Changed>(jira, 'GET', `/rest/api/3/worklog/${what}?since=${since}${more}`);
const list = (ids: readonly (string | number)[]) =>
  askJson<Worklog[]>(jira, 'POST', '/rest/api/3/worklog/list', { ids });

it('lists every worklog once by time, 1,000 a page, and /worklog/list has them all', async () => {
  await start({ issues: 4000 });
  const all = jira.worklogs();
  expect(all.length).toBeGreaterThan(1000);
  const first = await changed('updated');
  expect(first).toMatchObject({ since: 0, lastPage: false, until: first.values.at(-1)!.updatedTime });
  expect(first.values).toHaveLength(1000);
  expect(new URL(first.nextPage!).searchParams.get('since')).toBe(String(first.until));
  const second = await changed('updated', first.until);
  expect(second.lastPage).toBe(true);
  expect(second).not.toHaveProperty('nextPage');
  const times = [...first.values, ...second.values].map(({ updatedTime }) => updatedTime);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const ids = new Set([...first.values, ...second.values].map(({ worklogId }) => String(worklogId)));
  expect(ids).toEqual(new Set(all.map(({ id }) => id)));
  const answers = await list(first.values.map(({ worklogId }) => worklogId));
  expect(answers).toHaveLength(1000);
  const time = new Map(first.values.map(({ worklogId, updatedTime }) => [String(worklogId), updatedTime]));
  for (const { id, updated } of answers) expect(Date.parse(updated)).toBe(time.get(id));
  const { status } = await ask(jira, 'POST', '/rest/api/3/worklog/list', {
    ids: Array.from({ length: 1001 }, (_, i) => i),
  });
  expect(status).toBe(400);
});

it('agrees with the issues, which embed only twenty', async () => {
  await start({ issues: 400 });
  const { issues } = await search(jira, { jql: 'id > 0', fields: ['worklog'], maxResults: 100 });
  const long = jira.ids().map(({ id }) => JSON.parse(jira.issueBytes(id).toString()) as TestIssue);
  const cut = long.find(({ fields }) => fields.worklog.total > 20)!;
  expect(cut.fields.worklog).toMatchObject({ maxResults: 20 });
  expect(cut.fields.worklog.worklogs).toHaveLength(20);
  for (const { id, fields } of [...issues.slice(0, 20), cut]) {
    const page = await askJson<{ total: number; worklogs: Worklog[] }>(
      jira,
      'GET',
      `/rest/api/3/issue/${id}/worklog`,
    );
    expect(page.total).toBe(fields.worklog.total);
    expect(page.worklogs.slice(0, 20)).toEqual(fields.worklog.worklogs);
    expect(await list(page.worklogs.map((worklog) => worklog.id))).toEqual(page.worklogs);
  }
});

it('leaves out the last minute in both lists', async () => {
  await start({ issues: 20 });
  const [added] = jira.control.addWorklogs({ issues: [10_001] });
  const ids = async (what: 'updated' | 'deleted') =>
    (await changed(what, added!.updated)).values.map(({ worklogId }) => String(worklogId));
  now += 60_000;
  expect(await ids('updated')).toEqual([]);
  now += 1;
  expect(await ids('updated')).toEqual([added!.id]);
  jira.control.deleteWorklogs({ worklogs: [added!.id] });
  expect(await ids('updated')).toEqual([]);
  now += 60_000;
  expect(await ids('deleted')).toEqual([]);
  now += 1;
  expect(await ids('deleted')).toEqual([added!.id]);
});

it('adds, edits and deletes worklogs, and moves the issue’s updated', async () => {
  await start({ issues: 50 });
  const issue = async () =>
    (await search(jira, { jql: 'id = 10001', fields: ['worklog', 'updated'] })).issues[0]!.fields;
  const before = await issue();
  const [added] = jira.control.addWorklogs({ issues: ['10001'] });
  expect(await issue()).toMatchObject({ worklog: { total: before.worklog.total + 1 } });
  expect(Date.parse((await issue()).updated)).toBe(now);
  const [made] = await list([added!.id]);
  expect(made).toMatchObject({ issueId: '10001' });
  now += 5000;
  expect(jira.control.editWorklogs({ worklogs: [added!.id] })).toEqual([
    { id: added!.id, issueId: '10001', updated: now },
  ]);
  const [edited] = await list([added!.id]);
  expect(edited!.timeSpentSeconds).toBe(made!.timeSpentSeconds + 3600);
  expect(Date.parse(edited!.updated)).toBe(now);
  expect(jira.worklogBytes(added!.id).toString()).toBe(JSON.stringify(edited));
  now += 70_000;
  expect((await changed('updated', added!.updated)).values).toEqual([
    { worklogId: Number(added!.id), updatedTime: edited && Date.parse(edited.updated), properties: [] },
  ]);
  jira.control.deleteWorklogs({ worklogs: [added!.id] });
  expect(await list([added!.id])).toEqual([]);
  expect(await issue()).toMatchObject({ worklog: before.worklog });
  expect(() => jira.control.editWorklogs({ worklogs: [added!.id] })).toThrow(/no worklog/);
  const [next] = jira.control.addWorklogs({ issues: ['10001'] });
  expect(next!.id).not.toBe(added!.id);
});

it('omits hidden worklogs from /worklog/list, but still lists their ids', async () => {
  await start({ issues: 100 });
  const { id, project } = jira.worklogs()[0]!;
  jira.control.revokeProject({ project });
  expect(await list([id, 1])).toEqual([]);
  expect((await changed('updated')).values.map(({ worklogId }) => String(worklogId))).toContain(id);
  jira.control.restoreProject({ project });
  expect(await list([id, 1])).toHaveLength(1);
  jira.control.delete({ issues: [jira.worklogs()[0]!.issueId] });
  expect(await list([id])).toEqual([]);
  expect((await changed('updated')).values.map(({ worklogId }) => String(worklogId))).not.toContain(id);
});

it('ends paging early on command, expands properties, and shows nothing to an anonymous caller', async () => {
  await start({ issues: 4000 });
  jira.control.fail({ route: 'worklog/updated', kind: 'end-early' });
  expect((await changed('updated')).lastPage).toBe(true);
  const { values } = await changed('updated', 0, '&expand=properties');
  expect(values[0]!.properties).toHaveLength(1);
  const stranger = { authorization: 'Basic eDp5' };
  for (const what of ['updated', 'deleted']) {
    const { body } = await ask(jira, 'GET', `/rest/api/3/worklog/${what}`, undefined, stranger);
    expect(JSON.parse(body.toString())).toMatchObject({ values: [], lastPage: true });
  }
});

it('serves recorded worklogs with the exact bytes of the file', async () => {
  now = Date.now();
  jira = await startJira({ recorded: true });
  const file = fileURLToPath(new URL('../../recorded/jira_worklogs.jsonl', import.meta.url));
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const { values } = await changed('updated');
  expect(values).toHaveLength(lines.length);
  const { body } = await ask(jira, 'POST', '/rest/api/3/worklog/list', {
    ids: values.map(({ worklogId }) => worklogId),
  });
  for (const line of lines) expect(body.includes(line.slice('{"body":'.length, -1))).toBe(true);
  expect(JSON.parse(body.toString())).toHaveLength(lines.length);
});
