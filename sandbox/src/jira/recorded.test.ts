import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson, chain, search } from './testing/client.ts';

const folder = fileURLToPath(new URL('../../recorded/', import.meta.url));
/** The body of each line: the text between `{"body":` and the last brace. */
const lines = (file: string) =>
  readFileSync(`${folder}${file}`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.slice('{"body":'.length, -1));

let jira: JiraSandbox;
beforeAll(async () => {
  jira = await startJira({ recorded: true });
});
afterAll(() => jira.close());

it('issues are served with the exact bytes of the file', async () => {
  const { body } = await ask(jira, 'POST', '/rest/api/3/search/jql', {
    jql: 'id > 0 ORDER BY id ASC',
    fields: ['*all'],
    maxResults: 100,
    expand: 'changelog',
  });
  const sorted = lines('jira_issues.jsonl').sort(
    (a, b) => Number(/"id":"(\d+)"/.exec(a)![1]) - Number(/"id":"(\d+)"/.exec(b)![1]),
  );
  expect(sorted).toHaveLength(33);
  expect(body.toString()).toBe(`{"issues":[${sorted.join()}],"isLast":true}`);
  for (const line of sorted) {
    const { id, key } = JSON.parse(line) as { id: string; key: string };
    expect(jira.issueBytes(id).toString()).toBe(line);
    expect((await ask(jira, 'GET', `/rest/api/3/issue/${key}`)).body.toString()).toBe(line);
  }
});

it('users and projects too', async () => {
  expect((await ask(jira, 'GET', '/rest/api/3/users/search')).body.toString()).toBe(
    `[${lines('jira_users.jsonl').join()}]`,
  );
  const { body } = await ask(jira, 'GET', '/rest/api/3/project/search?maxResults=100');
  for (const line of lines('jira_projects.jsonl')) expect(body.includes(line)).toBe(true);
});

it('search works: by project, by time, ordered, with selected fields', async () => {
  const all = lines('jira_issues.jsonl').map(
    (line) => JSON.parse(line) as { id: string; fields: { updated: string; project: { id: string } } },
  );
  const project = all[0]!.fields.project.id;
  const found = await chain(jira, {
    jql: `project = ${project} ORDER BY updated ASC`,
    fields: ['updated'],
    maxResults: 7,
  });
  const expected = all
    .filter(({ fields }) => fields.project.id === project)
    .sort((a, b) => Date.parse(a.fields.updated) - Date.parse(b.fields.updated));
  expect(found.map(({ id, fields }) => [id, fields])).toEqual(
    expected.map(({ id, fields }) => [id, { updated: fields.updated }]),
  );
  const since = Date.parse('2022-01-01T00:00:00Z');
  const late = all.filter(({ fields }) => Date.parse(fields.updated) >= since).map(({ id }) => id);
  expect((await search(jira, { jql: `updated >= ${since} ORDER BY id ASC` })).issues).toEqual(
    late.map((id) => ({ id })),
  );
});

it('comments and changelogs match those inside the issues', async () => {
  const line = lines('jira_issues.jsonl').find(
    (one) => (JSON.parse(one) as { fields: { comment: { total: number } } }).fields.comment.total > 1,
  )!;
  const issue = JSON.parse(line) as {
    id: string;
    fields: { comment: { comments: object[] } };
    changelog: { total: number; histories: { id: string }[] };
  };
  const { comments } = await askJson<{ comments: object[] }>(
    jira,
    'GET',
    `/rest/api/3/issue/${issue.id}/comment`,
  );
  expect(comments).toEqual(issue.fields.comment.comments);
  const { issueChangeLogs } = await askJson<{ issueChangeLogs: { changeHistories: { id: string }[] }[] }>(
    jira,
    'POST',
    '/rest/api/3/changelog/bulkfetch',
    { issueIdsOrKeys: [issue.id] },
  );
  expect(issueChangeLogs[0]!.changeHistories).toHaveLength(issue.changelog.total);
  expect(new Set(issueChangeLogs[0]!.changeHistories.map(({ id }) => id))).toEqual(
    new Set(issue.changelog.histories.map(({ id }) => id)),
  );
});

it('recorded issues cannot change, but can be deleted', async () => {
  expect(() => jira.control.touch({ count: 1 })).toThrow('recorded issues do not change');
  expect(() => jira.control.create({})).toThrow('recorded issues');
  const site = await startJira({ recorded: folder });
  site.control.delete({ issues: ['EE-1'] });
  expect(site.ids()).toHaveLength(32);
  await site.close();
});
