import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson } from './testing/client.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
let jira: JiraSandbox;
beforeAll(async () => {
  jira = await startJira({
    issues: 300,
    projects: 40,
    closedSprints: 60,
    auditRecords: 1500,
    clock: () => NOW,
  });
});
afterAll(() => jira.close());

interface Paged {
  values: { id: string | number; [name: string]: unknown }[];
  startAt: number;
  maxResults: number;
  total: number;
  isLast: boolean;
}
const get = <T = Paged>(path: string): Promise<T> => askJson<T>(jira, 'GET', path);
const messageOf = async (path: string, site = jira): Promise<[number, unknown]> => {
  const { status, body } = await ask(site, 'GET', path);
  return [status, (JSON.parse(body.toString()) as { errorMessages?: string[] }).errorMessages?.[0]];
};

it.each([
  ['/rest/agile/1.0/board', 50],
  ['/rest/agile/1.0/board/1/sprint', 50],
  ['/rest/api/3/field/search', 50],
  ['/rest/api/3/project/10000/version', 50],
  ['/rest/api/3/project/ENG/component', 50],
  ['/rest/api/3/statuses/search', 200],
  ['/rest/api/3/priority/search', 50],
  ['/rest/api/3/resolution/search', 50],
  ['/rest/api/3/workflows/search', 50],
  ['/rest/api/3/label', 1000],
])('%s gives %i a page whatever it is asked for, and pages do not overlap', async (path, most) => {
  const first = await get(`${path}?maxResults=5000`);
  expect(first).toMatchObject({ startAt: 0, maxResults: most, isLast: first.total <= most });
  expect(first.values).toHaveLength(Math.min(first.total, most));
  const all = [...first.values, ...(await get(`${path}?startAt=${most}`)).values];
  expect(all).toHaveLength(first.total);
  expect(new Set(all.map((value) => JSON.stringify(value))).size).toBe(first.total);
  expect((await get(`${path}?startAt=${first.total}`)).values).toEqual([]);
});

it('has boards of all kinds, and explains what a board does not support', async () => {
  const boards = [
    ...(await get('/rest/agile/1.0/board')).values,
    ...(await get('/rest/agile/1.0/board?startAt=50')).values,
  ];
  expect(new Set(boards.map(({ type }) => type))).toEqual(new Set(['scrum', 'kanban', 'simple']));
  const answers = await Promise.all(
    boards.map(async ({ id }) => [
      await messageOf(`/rest/agile/1.0/board/${id}/sprint`),
      await messageOf(`/rest/software/1.0/board/${id}/issue`),
    ]),
  );
  const said = new Set(answers.flat().map(([status, message]) => `${status} ${message}`));
  const private404 =
    '404 The requested board cannot be viewed because it either does not exist or you do not have permission to view it.';
  expect(said).toEqual(
    new Set([
      '200 undefined',
      '400 The board does not support sprints',
      '422 This board has no columns with a mapped status.',
      private404,
    ]),
  );
  expect(await messageOf('/rest/software/1.0/sprint/999999/issue')).toEqual([
    404,
    expect.stringContaining('requested sprint cannot be viewed'),
  ]);
});

it('shows a sprint on every board that shares it; future sprints have no dates', async () => {
  const sprintsOf = async (board: number) => (await get(`/rest/agile/1.0/board/${board}/sprint`)).values;
  const [second, third] = [await sprintsOf(2), await sprintsOf(3)];
  expect(second).toEqual(expect.arrayContaining(third));
  expect(third).not.toEqual([]);
  const states = second.map(({ state, startDate, completeDate }) => [state, !!startDate, !!completeDate]);
  expect(states).toEqual([
    ['closed', true, true],
    ['active', true, false],
    ['future', false, false],
  ]);
});

describe('the issues of boards and sprints', () => {
  interface Found {
    issues: { id: string; key: string; fields?: { customfield_10020: { id: number }[] | null } }[];
    nextPageToken?: string;
    isLast: boolean;
  }
  const all = async (path: string, maxResults: number): Promise<Found['issues']> => {
    const issues: Found['issues'] = [];
    for (let token = ''; ; ) {
      const page = await get<Found>(`${path}?fields=key&maxResults=${maxResults}${token}`);
      issues.push(...page.issues);
      expect(page.isLast).toBe(page.nextPageToken === undefined);
      if (page.isLast) return issues;
      token = `&nextPageToken=${page.nextPageToken}`;
    }
  };

  it('are paged by token, appear once, and agree with the sprint fields of the issues', async () => {
    const named = new Map<number, string[]>();
    for (const { id } of jira.ids()) {
      const { fields } = JSON.parse(jira.issueBytes(id).toString()) as Found['issues'][number];
      for (const sprint of fields?.customfield_10020 ?? [])
        named.set(sprint.id, [...(named.get(sprint.id) ?? []), id]);
    }
    expect([...named.keys()].sort()).toEqual([10, 7, 8, 9]);
    for (const [sprint, ids] of named)
      expect((await all(`/rest/software/1.0/sprint/${sprint}/issue`, 17)).map(({ id }) => id)).toEqual(ids);
    const own = jira.ids().filter(({ project }) => project === 'ENG');
    const board = await all('/rest/software/1.0/board/1/issue', 5000);
    expect(board.map(({ id }) => id)).toEqual(own.map(({ id }) => id));
    expect(Object.keys(board[0]!)).toEqual(['expand', 'id', 'self', 'key']);
  });

  it('include fields by default, at most 100 issues a page', async () => {
    const { issues } = await get<Found>('/rest/software/1.0/sprint/7/issue?maxResults=5000&fields=summary');
    expect(issues[0]!.fields).toHaveProperty('summary');
    expect((await get<Found>('/rest/software/1.0/sprint/7/issue')).issues[0]!.fields).toHaveProperty(
      'status',
    );
    expect(await messageOf('/rest/software/1.0/sprint/7/issue?nextPageToken=x')).toEqual([
      400,
      expect.stringContaining('token is invalid'),
    ]);
  });

  it.each(['/board/1/issue', '/board/1/backlog', '/board/1/sprint/7/issue', '/sprint/7/issue'])(
    '/rest/agile/1.0%s is gone',
    async (path) => {
      expect(await messageOf(`/rest/agile/1.0${path}`)).toEqual([
        410,
        expect.stringContaining('/rest/software/1.0'),
      ]);
    },
  );
});

describe('the audit log', () => {
  interface Log {
    records: { id: number; created: string }[];
    total: number;
    limit: number;
  }
  it('is newest first, 1,000 a page, and its range includes both ends', async () => {
    const first = await get<Log>('/rest/api/3/auditing/record?limit=5000');
    const rest = await get<Log>('/rest/api/3/auditing/record?offset=1000');
    expect([first.records.length, first.limit, first.total, rest.records.length]).toEqual([
      1000, 1000, 1500, 500,
    ]);
    const times = [...first.records, ...rest.records].map(({ created }) => Date.parse(created));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const at = new Date(times[700]!).toISOString();
    const one = await get<Log>(`/rest/api/3/auditing/record?from=${at}&to=${at}`);
    expect(one.records.map(({ id }) => id)).toContain(first.records[700]!.id);
  });

  it('grows on command, and is visible to administrators only', async () => {
    const site = await startJira({ issues: 1, auditRecords: 3, clock: () => NOW });
    expect(site.control.audit({ count: 2 })).toBe(5);
    site.control.audit({ at: NOW - 5000 });
    const { records } = await askJson<Log>(
      site,
      'GET',
      `/rest/api/3/auditing/record?from=${new Date(NOW).toISOString()}`,
    );
    expect(records.map(({ created }) => Date.parse(created))).toEqual([NOW, NOW]);
    site.control.denyPermissions({ permissions: ['ADMINISTER', 'ADMINISTER_PROJECTS'] });
    for (const path of ['auditing/record', 'workflows/search', 'statuses/search'])
      expect(await messageOf(`/rest/api/3/${path}`, site)).toEqual([
        403,
        expect.stringContaining('not authorized'),
      ]);
    await site.close();
  });
});

it('lists different fields in the two lists, and grants and transitions on demand', async () => {
  const listed = await get<{ id: string }[]>('/rest/api/3/field');
  const searched = (await get('/rest/api/3/field/search')).values.map(({ id }) => id);
  expect(searched).toContain('customfield_10990');
  expect(listed.map(({ id }) => id)).not.toContain('customfield_10990');
  expect(searched).not.toContain('summary');
  type Schemes = { permissionSchemes: object[] };
  expect((await get<Schemes>('/rest/api/3/permissionscheme')).permissionSchemes[0]).not.toHaveProperty(
    'permissions',
  );
  const whole = await get<Schemes>('/rest/api/3/permissionscheme?expand=all');
  expect(whole.permissionSchemes[0]).toHaveProperty('permissions');
  const bare = await get('/rest/api/3/workflows/search');
  expect(bare.values[0]).not.toHaveProperty('transitions');
  const expanded = await get('/rest/api/3/workflows/search?expand=values.transitions');
  expect(expanded.values[0]).toHaveProperty('transitions');
});

it('forgets a deleted sprint, and has no link types if linking is disabled', async () => {
  const site = await startJira({ issues: 30 });
  site.control.deleteSprint({ sprint: 8 });
  expect(() => site.control.deleteSprint({ sprint: 8 })).toThrow('no sprint 8');
  const { values } = await askJson<Paged>(site, 'GET', '/rest/agile/1.0/board/2/sprint');
  expect(values.map(({ id }) => id)).not.toContain(8);
  expect((await messageOf('/rest/software/1.0/sprint/8/issue', site))[0]).toBe(404);
  site.control.issueLinking({ enabled: false });
  expect(await messageOf('/rest/api/3/issueLinkType', site)).toEqual([
    404,
    'Issue linking is currently disabled.',
  ]);
  await site.close();
});

it('shows nothing of a project that the account cannot see', async () => {
  jira.control.revokeProject({ project: 'OPS' });
  expect(await messageOf('/rest/api/3/project/10001/version')).toEqual([
    404,
    "No project could be found with id '10001'.",
  ]);
  jira.control.restoreProject({ project: 'OPS' });
  expect((await get('/rest/api/3/project/OPS/version')).total).toBeGreaterThan(0);
});

it('serves recorded issue types and sprints byte for byte, and recorded statuses in the search format', async () => {
  const site = await startJira({ recorded: true });
  const lines = (name: string) =>
    readFileSync(new URL(`../../recorded/jira_${name}.jsonl`, import.meta.url), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.slice('{"body":'.length, -1));
  const bodyOf = async (path: string) => (await ask(site, 'GET', path)).body.toString();
  expect(await bodyOf('/rest/api/3/issuetype')).toBe(`[${lines('issue_types').join()}]`);
  const sprints = (
    await Promise.all([8, 13].map((id) => bodyOf(`/rest/agile/1.0/board/${id}/sprint`)))
  ).join();
  for (const line of lines('sprints')) expect(sprints).toContain(line);
  const { values } = await askJson<Paged>(site, 'GET', '/rest/api/3/statuses/search');
  const recorded = lines('status').map(
    (line) => JSON.parse(line) as { id: string; name: string; scope?: object },
  );
  expect(values.map(({ id, name, scope }) => [id, name, scope])).toEqual(
    recorded.map(({ id, name, scope }) => [id, name, scope ?? { type: 'GLOBAL' }]),
  );
  expect(new Set(values.map(({ statusCategory }) => statusCategory))).toEqual(
    new Set(['TODO', 'IN_PROGRESS', 'DONE']),
  );
  await site.close();
});
