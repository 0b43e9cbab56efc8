import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, type TestIssue } from './testing/client.ts';

let jira: JiraSandbox;
beforeAll(async () => {
  jira = await startJira({ deployment: 'data-center', issues: 400, projects: 3, users: 90 });
});
afterAll(() => jira.close());

const signed = () => ({ authorization: `Bearer ${jira.personalAccessToken}` });

async function get<T>(path: string): Promise<T> {
  const { status, body } = await ask(jira, 'GET', `/rest/api/2${path}`, undefined, signed());
  expect(status).toBe(200);
  return JSON.parse(body.toString()) as T;
}

interface Found {
  startAt: number;
  total: number;
  issues: TestIssue[];
}

describe('a Data Center', () => {
  it('refuses anyone without the token, except for serverInfo', async () => {
    for (const authorization of ['', 'Bearer wrong', 'Basic bm9ib2R5Ondyb25n'])
      expect((await ask(jira, 'GET', '/rest/api/2/myself', undefined, { authorization })).status).toBe(401);
    expect(await get('/myself')).toMatchObject({ name: 'demo' });
    const info = await fetch(`${jira.url}/rest/api/2/serverInfo`);
    expect(await info.json()).toMatchObject({ deploymentType: 'Server', versionNumbers: [10, 3, 12] });
  });

  it.each([
    '/rest/api/3/myself',
    '/rest/api/2/project/search',
    '/rest/api/2/search/jql',
    '/_edge/tenant_info',
  ])('has no %s', async (path) => {
    expect((await ask(jira, 'GET', path, undefined, signed())).status).toBe(404);
  });

  it('searches by offset, with all or some fields', async () => {
    const all: string[] = [];
    for (let startAt = 0; startAt < 400; startAt += 150) {
      const page = await get<Found>(
        `/search?jql=${encodeURIComponent('id > 0 ORDER BY updated ASC')}&startAt=${startAt}&maxResults=150&fields=updated`,
      );
      expect(page).toMatchObject({ startAt, total: 400 });
      all.push(...page.issues.map(({ id }) => id));
    }
    expect(new Set(all).size).toBe(400);
    expect(await get<Found>('/search?jql=project=ENG&maxResults=0')).toMatchObject({ issues: [] });
    const posted = await ask(
      jira,
      'POST',
      '/rest/api/2/search',
      { jql: 'project = ENG', fields: ['summary'], startAt: 1, maxResults: 2 },
      signed(),
    );
    const { issues, total } = JSON.parse(posted.body.toString()) as Found;
    expect([issues.length, total]).toEqual([2, jira.ids().filter(({ project }) => project === 'ENG').length]);
    expect(Object.keys(issues[0]!.fields)).toEqual(['summary']);
  });

  it('embeds all comments and changelogs, but not all worklogs', async () => {
    const { issues } = await get<Found>('/search?jql=id>0&maxResults=1000&fields=*all&expand=changelog');
    const long = issues.filter(({ fields }) => fields.comment.total > 20);
    expect(long.length).toBeGreaterThan(0);
    for (const { fields, changelog } of issues) {
      expect(fields.comment.comments).toHaveLength(fields.comment.total);
      expect(changelog.histories).toHaveLength(changelog.total);
      expect(fields.worklog.worklogs.length).toBeLessThanOrEqual(20);
    }
    expect(issues.some(({ changelog }) => changelog.total > 40)).toBe(true);
    expect(issues.some(({ fields }) => fields.worklog.total > 20)).toBe(true);
    expect(issues[0]!.fields.creator).toMatchObject({ key: expect.any(String), name: expect.any(String) });
    expect(issues[0]!.fields.creator).not.toHaveProperty('accountId');
  });

  it('lists all projects in one answer, and finds people', async () => {
    jira.control.projectStatus({ project: 'WEB', status: 'archived' });
    expect(await get<object[]>('/project')).toHaveLength(2);
    expect(await get<object[]>('/project?includeArchived=true')).toHaveLength(3);
    jira.control.projectStatus({ project: 'WEB', status: 'live' });
    const active = await get<object[]>('/user/search?username=.&maxResults=1000');
    expect(active.length).toBeLessThan(90);
    expect(await get('/user/search?username=.&maxResults=1000&includeInactive=true')).toHaveLength(90);
    const rest = await get<object[]>('/user/search?username=.&startAt=80&includeInactive=true');
    expect(rest).toHaveLength(10);
    expect(await get<object[]>('/field')).not.toHaveLength(0);
  });

  it('lists all users by cursor, or only a window of a search, as configured', async () => {
    const first = await get<{ values: object[]; isLast: boolean; nextCursor: string }>(
      '/user/list?maxResults=60',
    );
    expect([first.values.length, first.isLast]).toEqual([60, false]);
    const rest = await get<{ values: object[]; isLast: boolean }>(`/user/list?cursor=${first.nextCursor}`);
    expect([rest.values.length, rest.isLast]).toEqual([30, true]);
    const older = await startJira({
      deployment: 'data-center',
      issues: 1,
      users: 90,
      userWindow: 50,
      userList: false,
    });
    const found = async (query: string) =>
      JSON.parse(
        (await ask(older, 'GET', `/rest/api/2/user/search?${query}`, undefined, signed())).body.toString(),
      ) as { name: string }[];
    expect((await ask(older, 'GET', '/rest/api/2/user/list', undefined, signed())).status).toBe(404);
    expect(await found('username=.&includeInactive=true&maxResults=1000')).toHaveLength(50);
    expect(await found('username=.&includeInactive=true&startAt=45')).toHaveLength(5);
    expect((await found('username=USER8&includeInactive=true')).map(({ name }) => name)).toContain('user89');
    await older.close();
  });

  it('finds a project by its former keys', async () => {
    jira.control.renameProject({ project: 'OPS', to: 'RUN' });
    expect(await get('/project/OPS')).toMatchObject({ key: 'RUN' });
    jira.control.renameProject({ project: 'RUN', to: 'OPS' });
    expect(await get('/project/ops')).toMatchObject({ key: 'OPS' });
  });

  it('lists changed worklogs, and serves them', async () => {
    const { values } = await get<{ values: { worklogId: number }[] }>('/worklog/updated?since=0');
    const ids = values.slice(0, 5).map(({ worklogId }) => worklogId);
    const { body } = await ask(jira, 'POST', '/rest/api/2/worklog/list', { ids }, signed());
    expect((JSON.parse(body.toString()) as object[]).length).toBe(5);
  });

  it('has no recorded answers', async () => {
    await expect(startJira({ deployment: 'data-center', recorded: true })).rejects.toThrow(RangeError);
  });
});
