import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson, login } from './testing/client.ts';

let jira: JiraSandbox;
beforeAll(async () => {
  jira = await startJira({ issues: 120, projects: 130, users: 1100 });
});
afterAll(() => jira.close());

describe('with wrong or no credentials', () => {
  const wrong = [
    { authorization: '' },
    { authorization: 'Basic bm9ib2R5Ondyb25n' },
    { authorization: 'Bearer x' },
  ];
  it.each<[string, string, object | undefined, unknown]>([
    [
      'POST',
      '/rest/api/3/search/jql',
      { jql: 'project = ENG', fields: ['*all'] },
      { issues: [], isLast: true },
    ],
    ['GET', '/rest/api/3/search/jql?jql=id>0', undefined, { issues: [], isLast: true }],
    ['POST', '/rest/api/3/search/approximate-count', { jql: 'id > 0' }, { count: 0 }],
    [
      'GET',
      '/rest/api/3/project/search',
      undefined,
      expect.objectContaining({ total: 0, isLast: true, values: [] }),
    ],
    ['GET', '/rest/api/3/users/search', undefined, []],
    ['GET', '/rest/api/3/field', undefined, []],
    ['POST', '/rest/api/3/issue/bulkfetch', { issueIdsOrKeys: ['10001'] }, { issues: [], issueErrors: [] }],
    ['POST', '/rest/api/3/changelog/bulkfetch', { issueIdsOrKeys: ['10001'] }, { issueChangeLogs: [] }],
    [
      'GET',
      '/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS',
      undefined,
      { permissions: { BROWSE_PROJECTS: expect.objectContaining({ havePermission: false }) } },
    ],
  ])('%s %s answers 200 with nothing in it', async (method, path, body, nothing) => {
    for (const headers of wrong) {
      const got = await ask(jira, method, path, body, headers);
      expect(got.status).toBe(200);
      expect(got.headers['x-seraph-loginreason']).toBe('AUTHENTICATED_FAILED');
      expect(JSON.parse(got.body.toString())).toEqual(nothing);
    }
  });
  it('/myself is the only one that answers 401', async () => {
    for (const headers of wrong)
      expect(await ask(jira, 'GET', '/rest/api/3/myself', undefined, headers)).toMatchObject({ status: 401 });
    const known = await ask(jira, 'GET', '/rest/api/3/myself');
    expect(known.headers['x-seraph-loginreason']).toBeUndefined();
    expect(JSON.parse(known.body.toString())).toMatchObject({
      emailAddress: jira.email,
      timeZone: 'Asia/Shanghai',
    });
  });
  it('a replaced token is treated as anonymous', async () => {
    const site = await startJira({ issues: 5 });
    site.control.credentials({ apiToken: 'next' });
    expect((await ask(site, 'GET', '/rest/api/3/myself')).status).toBe(401);
    expect(
      (await ask(site, 'GET', '/rest/api/3/myself', undefined, { authorization: login(site, 'next') }))
        .status,
    ).toBe(200);
    await site.close();
  });
});

it.each([
  ['GET', '/rest/api/3/search?jql=project=ENG'],
  ['POST', '/rest/api/3/search'],
  ['GET', '/rest/api/2/search'],
  ['POST', '/rest/api/2/search'],
])('%s %s is gone', async (method, path) => {
  const got = await ask(jira, method, path, method === 'POST' ? {} : undefined);
  expect(got.status).toBe(410);
  expect(JSON.parse(got.body.toString())).toMatchObject({
    errorMessages: [expect.stringContaining('/rest/api/3/search/jql')],
  });
});

it('lists projects 50 a page, at most 100, with insight on request', async () => {
  interface Page {
    values: { id: string; key: string; insight?: { totalIssueCount: number; lastIssueUpdateTime: string } }[];
    isLast: boolean;
    total: number;
    maxResults: number;
  }
  const page = (query: string) => askJson<Page>(jira, 'GET', `/rest/api/3/project/search?${query}`);
  expect((await page('')).values).toHaveLength(50);
  const first = await page('maxResults=500&expand=insight');
  const last = await page('maxResults=500&startAt=100');
  expect([first.maxResults, first.isLast, last.isLast, first.total]).toEqual([100, false, true, 130]);
  expect(new Set([...first.values, ...last.values].map(({ id }) => id)).size).toBe(130);
  const { insight } = first.values.find(({ key }) => key === 'ENG')!;
  const own = jira.ids().filter(({ project }) => project === 'ENG');
  expect(insight!.totalIssueCount).toBe(own.length);
  expect(Date.parse(insight!.lastIssueUpdateTime)).toBe(Math.max(...own.map(({ updated }) => updated)));
});

it('lists users as a plain array, 1,000 at most', async () => {
  const users = (query: string) =>
    askJson<{ accountId: string; accountType: string }[]>(jira, 'GET', `/rest/api/3/users/search?${query}`);
  expect(await users('')).toHaveLength(50);
  const all = [...(await users('maxResults=5000')), ...(await users('maxResults=5000&startAt=1000'))];
  expect(new Set(all.map(({ accountId }) => accountId)).size).toBe(1100);
  expect(await users('startAt=1100')).toEqual([]);
  expect(new Set(all.map(({ accountType }) => accountType))).toEqual(new Set(['atlassian', 'app']));
});

it('lists every field of its issues, and identifies the Development field by its schema', async () => {
  const fields = await askJson<{ id: string; schema?: { custom?: string } }[]>(
    jira,
    'GET',
    '/rest/api/3/field',
  );
  const known = new Set(fields.map(({ id }) => id));
  for (const { id } of jira.ids()) {
    const issue = JSON.parse(jira.issueBytes(id).toString()) as { fields: object };
    for (const name of Object.keys(issue.fields)) expect(known).toContain(name);
  }
  expect(
    fields.filter(({ schema }) => schema?.custom?.endsWith(':devsummarycf')).map(({ id }) => id),
  ).toEqual(['customfield_10000']);
});

it('reports permissions, and denies the configured ones', async () => {
  jira.control.denyPermissions({ permissions: ['ADMINISTER'] });
  const { permissions } = await askJson<{ permissions: Record<string, { havePermission: boolean }> }>(
    jira,
    'GET',
    '/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS,ADMINISTER',
  );
  expect([permissions.BROWSE_PROJECTS?.havePermission, permissions.ADMINISTER?.havePermission]).toEqual([
    true,
    false,
  ]);
  expect((await ask(jira, 'GET', '/rest/api/3/mypermissions')).status).toBe(400);
});

it('identifies itself without a login', async () => {
  for (const path of ['/rest/api/3/serverInfo', '/_edge/tenant_info']) {
    const got = await ask(jira, 'GET', path, undefined, { authorization: '' });
    expect(got.status).toBe(200);
  }
  expect((await ask(jira, 'GET', '/rest/api/3/nothing')).status).toBe(404);
});

it('compresses only if configured and requested', async () => {
  const plain = await ask(jira, 'GET', '/rest/api/3/field', undefined, { 'accept-encoding': 'gzip' });
  expect(plain.headers['content-encoding']).toBeUndefined();
  const site = await startJira({ issues: 1, gzip: true });
  const packed = await ask(site, 'GET', '/rest/api/3/field', undefined, { 'accept-encoding': 'gzip, br' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(packed.body)).toEqual(plain.body);
  expect((await ask(site, 'GET', '/rest/api/3/field')).body).toEqual(plain.body);
  await site.close();
});

it('listens on loopback, and closes while requests are in progress', async () => {
  const site = await startJira({ issues: 1 });
  expect(site.url).toBe(`http://127.0.0.1:${site.port}`);
  site.control.hold({});
  const hanging = ask(site, 'GET', '/rest/api/3/myself');
  const gone = expect(hanging).rejects.toThrow();
  await expect.poll(() => site.stats().held).toBe(1);
  await site.close();
  await gone;
  await expect(
    new Promise((resolve, reject) =>
      connect(site.port, '127.0.0.1').on('connect', resolve).on('error', reject),
    ),
  ).rejects.toThrow();
  await expect(startJira({ port: jira.port })).rejects.toThrow(/EADDRINUSE/);
});
