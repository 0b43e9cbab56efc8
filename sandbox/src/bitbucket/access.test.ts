import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BitbucketSandbox, startBitbucket } from './sandbox.ts';
import { ask } from './testing/client.ts';

let now: number;
let bitbucket: BitbucketSandbox;
beforeEach(async () => {
  now = Date.UTC(2026, 10, 20, 12);
  bitbucket = await startBitbucket({
    repositories: 3,
    commits: 30,
    pullRequests: 4,
    pipelines: 3,
    clock: () => now,
  });
});
afterEach(() => bitbucket.close());

const INVALID = 'Token is invalid, expired, or not supported for this endpoint.';
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const as = (authorization: string, path = 'repositories/headrace') => ask(bitbucket, path, { authorization });
const errorOf = (text: string) =>
  (JSON.parse(text) as { error: { message: string; detail?: unknown; data?: unknown } }).error;

it('lets an API token in with the e-mail address only, and says the same to all others', async () => {
  const { email, apiToken, apiTokenWithoutScopes } = bitbucket;
  const good = await as(basic(email, apiToken));
  expect([good.status, good.headers['x-oauth-scopes'], good.headers['x-accepted-oauth-scopes']]).toEqual([
    200,
    'read:user:bitbucket, read:workspace:bitbucket, read:repository:bitbucket, read:pullrequest:bitbucket, read:pipeline:bitbucket',
    'read:repository:bitbucket',
  ]);
  for (const wrong of [
    basic('headrace-demo', apiToken),
    basic(email, 'old'),
    basic(email, apiTokenWithoutScopes),
    basic('x-token-auth', bitbucket.workspaceToken),
    `Bearer ${apiToken}`,
    '',
  ]) {
    const { status, text, headers } = await as(wrong);
    expect([status, errorOf(text).message], wrong).toEqual([401, INVALID]);
    expect(headers).not.toHaveProperty('x-accepted-oauth-scopes');
  }
  // `detail` is a text here and an object where a scope is missing.
  expect(errorOf((await as('Bearer nothing')).text).detail).toBe(INVALID);
});

it('tells which scope is missing in machine-readable fields and headers', async () => {
  bitbucket.control.scopes({ caller: 'workspace-token', scopes: ['repository', 'workspace'] });
  const token = `Bearer ${bitbucket.workspaceToken}`;
  const { fullName } = bitbucket.repositories()[0]!;
  const refused = await as(token, `repositories/${fullName}/pipelines/`);
  expect(refused.status).toBe(403);
  expect(errorOf(refused.text).detail).toEqual({
    granted: ['repository', 'account'],
    required: ['pipeline'],
  });
  expect(refused.headers).toMatchObject({
    'x-oauth-scopes': 'repository, account',
    'x-accepted-oauth-scopes': 'pipeline',
  });
  expect((await as(token, `repositories/${fullName}/commits`)).status).toBe(200);
  bitbucket.control.scopes({ caller: 'workspace-token' });
  expect((await as(token, `repositories/${fullName}/pipelines/`)).status).toBe(200);
});

it('has no account behind an access token, and shows a repository’s token one repository', async () => {
  for (const token of [bitbucket.workspaceToken, bitbucket.repositoryToken])
    for (const path of ['user', 'user/workspaces']) {
      const { status, text } = await as(`Bearer ${token}`, path);
      expect([status, errorOf(text).message]).toEqual([401, INVALID]);
    }
  expect((await as(`Bearer ${bitbucket.workspaceToken}`)).status).toBe(200);
  const own = `Bearer ${bitbucket.repositoryToken}`;
  expect((await as(own)).status).toBe(403);
  const listed = await as(own, `repositories/headrace?q=${encodeURIComponent('project.key = "CORE"')}`);
  const [first, second] = bitbucket.repositories();
  expect((JSON.parse(listed.text) as { values: { uuid: string }[] }).values.map(({ uuid }) => uuid)).toEqual([
    first!.uuid,
  ]);
  expect((await as(own, `repositories/${first!.fullName}`)).status).toBe(200);
  expect((await as(own, `repositories/${second!.fullName}`)).status).toBe(403);
});

it('gives an OAuth consumer tokens that expire by the clock', async () => {
  const { clientId, clientSecret } = bitbucket.oauth;
  const grant = (authorization: string) =>
    ask(bitbucket, `${bitbucket.url}/site/oauth2/access_token`, {
      method: 'POST',
      authorization,
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
  expect((await grant(basic(clientId, 'wrong'))).status).toBe(400);
  const { access_token, expires_in, scopes } = JSON.parse((await grant(basic(clientId, clientSecret))).text);
  expect([expires_in, scopes]).toEqual([7200, 'account repository pullrequest pipeline']);
  const bearer = `Bearer ${access_token}`;
  expect((await as(bearer, 'user/workspaces')).status).toBe(200);
  now += 7_200_000;
  expect((await as(bearer)).status).toBe(401);
  bitbucket.control.accessTokens({ seconds: 5 });
  expect(JSON.parse((await grant(basic(clientId, clientSecret))).text)).toMatchObject({ expires_in: 5 });
  bitbucket.control.revokeAccessTokens();
  expect((await as('Bearer sandbox-access-2')).status).toBe(401);
});

it('no longer lists over all workspaces: 410 with an address, or as others saw it', async () => {
  for (const path of ['workspaces', 'repositories', 'user/permissions/workspaces']) {
    const { status, text } = await ask(bitbucket, path);
    expect([status, errorOf(text).data]).toEqual([
      410,
      { announcement_url: expect.stringMatching(/CHANGE-2770/) },
    ]);
  }
  for (const status of [404, 401] as const) {
    bitbucket.control.removedStatus({ status });
    expect((await ask(bitbucket, 'workspaces')).status).toBe(status);
  }
  const { values } = JSON.parse((await ask(bitbucket, 'user/workspaces')).text);
  expect(values[0].workspace).not.toHaveProperty('name');
  expect(JSON.parse((await ask(bitbucket, 'workspaces/headrace')).text).name).toMatch(/Headrace/);
  expect((await ask(bitbucket, 'workspaces/headrace/permissions/repositories')).status).toBe(403);
  expect((await ask(bitbucket, 'workspaces/nobody')).status).toBe(404);
});

it('gives members no e-mail address', async () => {
  const { text } = await ask(bitbucket, 'workspaces/headrace/members');
  expect(JSON.parse(text).values.length).toBeGreaterThan(5);
  expect(text).not.toContain('@');
});

it('lists a denied repository and refuses its paths, all or some; and says that a deleted one is not there', async () => {
  const [first, second, third] = bitbucket.repositories();
  bitbucket.control.deny({ repository: first!.slug });
  bitbucket.control.deny({ repository: second!.slug, below: 'pipelines' });
  const status = async (path: string) => (await ask(bitbucket, `repositories/${path}`)).status;
  expect(await status(first!.fullName)).toBe(403);
  expect(await status(`${first!.fullName}/commits`)).toBe(403);
  expect(await status(`${second!.fullName}/commits`)).toBe(200);
  expect(await status(`${second!.fullName}/pipelines/`)).toBe(403);
  expect(JSON.parse((await ask(bitbucket, 'repositories/headrace')).text).values).toHaveLength(3);
  expect(new Set(bitbucket.truth('commits').map(({ key }) => key[0]))).toEqual(new Set([second!.uuid]));
  expect(bitbucket.truth('pipelines').length + bitbucket.truth('pipeline_steps').length).toBe(0);
  bitbucket.control.allow({ repository: first!.slug });
  expect(await status(first!.fullName)).toBe(200);
  bitbucket.control.deleteRepository({ repository: third!.slug });
  expect(await status(third!.fullName)).toBe(404);
  expect(JSON.parse((await ask(bitbucket, 'repositories/headrace')).text).values).toHaveLength(2);
});

it('finds a renamed repository at its old address, a transferred one only at its new; the uuid finds both', async () => {
  const other = await startBitbucket({ workspaces: 2, repositories: 2, emptyRepositories: 0 });
  const [one] = other.repositories();
  const renamed = other.control.rename({ repository: one!.slug, to: 'turbine' });
  expect(renamed).toEqual({ uuid: one!.uuid, fullName: 'headrace/turbine' });
  const old = await ask(other, `repositories/${one!.fullName}/commits?pagelen=3`);
  expect([old.status, old.headers.location]).toEqual([
    301,
    `${other.url}/2.0/repositories/headrace/turbine/commits?pagelen=3`,
  ]);
  other.control.createRepository({ slug: one!.slug });
  expect((await ask(other, `repositories/${one!.fullName}`)).status).toBe(200);
  other.control.transfer({ repository: 'turbine', workspace: 'penstock' });
  expect((await ask(other, 'repositories/headrace/turbine')).status).toBe(404);
  expect((await ask(other, 'repositories/penstock/turbine')).status).toBe(200);
  for (const workspace of ['penstock', '%7B%7D']) {
    const { text } = await ask(other, `repositories/${workspace}/${encodeURIComponent(one!.uuid)}`);
    expect(JSON.parse(text)).toMatchObject({ uuid: one!.uuid, full_name: 'penstock/turbine' });
  }
  await other.close();
});
