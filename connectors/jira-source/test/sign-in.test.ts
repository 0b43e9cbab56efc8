import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JiraApi, jiraApi } from '../src/api.ts';
import { config as schema } from '../src/config.ts';
import { streams } from '../src/source.ts';
import { cleanUp, configFor, file, run, runAlone, states, statuses } from './run.ts';

let jira: JiraSandbox;
let context: TestContext;
let site: Server | undefined;

async function sandbox(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ issues: 30, projects: 2, seed: 3, ...options });
}

beforeEach(() => {
  context = testContext();
});
afterEach(async () => {
  cleanUp();
  await context.close();
  await jira?.close();
  site?.closeAllConnections();
  site?.close();
  site = undefined;
});

/** A site beside the gateway: it notes who asks. */
async function siteThat(answer: (seen: number) => { status?: number; type?: string; body: string }) {
  const seen: Array<{ url: string | undefined; headers: IncomingHttpHeaders }> = [];
  const server = createServer(({ url, headers }, response) => {
    seen.push({ url, headers });
    const { status = 200, type = 'application/json', body } = answer(seen.length);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  site = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const scoped = (more: object = {}) => ({
  auth_type: 'scoped_token',
  email: jira.email,
  api_token: jira.scopedToken,
  ...more,
});
const oauth = (more: object = {}) => ({
  auth_type: 'oauth2',
  client_id: jira.oauth.clientId,
  client_secret: jira.oauth.clientSecret,
  refresh_token: jira.oauth.refreshToken,
  ...more,
});
const configWith = (credentials: object, more: object = {}): object =>
  configFor(jira, { credentials, gateway_url: jira.url, auth_url: jira.url, ...more });
const open = (credentials: object, more: object = {}): Promise<JiraApi> =>
  jiraApi(schema.parse(configWith(credentials, more)), context);
const asked = (route: string): number => jira.stats().routes[route]?.requests ?? 0;

describe('a token with scopes', () => {
  it('reads every stream through the gateway; the site is asked for its cloud id without credentials, and is the state’s origin', async () => {
    await sandbox();
    const { url, seen } = await siteThat(() => ({ body: JSON.stringify({ cloudId: jira.cloudId }) }));
    const config = file(configWith(scoped(), { base_url: url }));
    const read = await run(['read', '--config', config]);
    expect(read.code).toBe(0);
    for (const { name } of streams) expect(statuses(read, name).at(-1), name).toBe('COMPLETE');
    expect(read.records.get('issues')).toHaveLength(30);
    expect(seen.map(({ url: path }) => path)).toEqual(['/_edge/tenant_info']);
    expect(seen[0]!.headers).not.toHaveProperty('authorization');
    const [state] = states(read, 'issues');
    expect(state!.state.stream.stream_state).toMatchObject({ origin: new URL(url).host });
  });

  it('asks nobody for a cloud id that is configured', async () => {
    await sandbox();
    const api = await open(scoped({ cloud_id: jira.cloudId }));
    await api.whoAmI();
    expect(await api.projects()).toHaveLength(2);
    expect(asked('GET /_edge/tenant_info')).toBe(0);
  });

  it('is asked for in place of one without scopes, and the other way round', async () => {
    await sandbox();
    const plain = { auth_type: 'api_token', email: jira.email, api_token: jira.scopedToken };
    await expect((await open(plain)).whoAmI()).rejects.toMatchObject({
      code: 'jira.unauthorized',
      hint: expect.stringContaining('use auth_type scoped_token'),
    });
    await expect((await open(scoped({ api_token: jira.apiToken }))).whoAmI()).rejects.toMatchObject({
      code: 'jira.unauthorized',
      hint: expect.stringContaining('without scopes'),
    });
  });

  it.each([
    ['/myself', (api: JiraApi) => api.whoAmI(), 'read:jira-user'],
    ['/project/search', (api: JiraApi) => api.projects(), 'read:jira-work'],
    ['/statuses/search', (api: JiraApi) => api.http.json({ path: api.path('/statuses/search') }), 'manage:'],
    ['/board', (api: JiraApi) => api.http.json({ path: '/rest/agile/1.0/board' }), 'read:board-scope'],
    ['/sprint', (api: JiraApi) => api.http.json({ path: '/rest/agile/1.0/board/1/sprint' }), 'read:sprint'],
  ] as const)('says which scope is missing for %s', async (route, call, scope) => {
    await sandbox();
    jira.control.lackScope({ routes: [route] });
    const api = await open(scoped());
    await expect(call(api)).rejects.toMatchObject({
      code: 'jira.scope_missing',
      message: expect.stringContaining(scope),
    });
  });

  it('reads what its scopes allow, however many others it lacks', async () => {
    await sandbox();
    jira.control.lackScope({ routes: ['field', 'users/search'] });
    const api = await open(scoped());
    for (let k = 0; k < 6; k++)
      await expect(api.http.json({ path: api.path('/field') })).rejects.toMatchObject({
        code: 'jira.scope_missing',
      });
    expect(await api.projects()).toHaveLength(2);
  });

  it('says that the cloud id is wrong', async () => {
    await sandbox();
    const api = await open(scoped({ cloud_id: 'another-site' }));
    await expect(api.whoAmI()).rejects.toMatchObject({
      code: 'jira.not_found',
      hint: expect.stringContaining('credentials.cloud_id'),
    });
  });
});

describe('a site that does not return its cloud id', () => {
  it.each([
    ['a page', { type: 'text/html', body: '<html>Welcome</html>' }],
    ['nothing', { status: 404, body: '{}' }],
    ['JSON of another kind', { body: '{"name":"other"}' }],
    ['null', { body: 'null' }],
  ])('is an error of the configuration: it answers %s', async (_, answer) => {
    await sandbox();
    const { url, seen } = await siteThat(() => answer);
    await expect(open(scoped(), { base_url: url })).rejects.toMatchObject({
      code: 'jira.no_cloud_id',
      failureType: 'config_error',
      hint: expect.stringContaining('cloud_id'),
    });
    expect(seen).toHaveLength(1);
  });

  it('is an error of the configuration that names what it brings: a page, another host', async () => {
    await sandbox();
    const page = await siteThat(() => ({ type: 'text/html', body: '<html><title>Sign in</title></html>' }));
    await expect(open(scoped(), { base_url: page.url })).rejects.toMatchObject({
      message: expect.stringContaining('GET /_edge/tenant_info returns a web page, “Sign in”'),
    });
    const elsewhere = await siteThat(() => ({ status: 302, body: '' }));
    await expect(open(scoped(), { base_url: elsewhere.url })).rejects.toMatchObject({
      code: 'http.redirect',
      failureType: 'config_error',
    });
  });

  it('is asked again where it is in trouble', async () => {
    await sandbox();
    const { url, seen } = await siteThat((n) =>
      n === 1
        ? { status: 503, body: '' }
        : { body: n === 2 ? '{"cloudId":' : `{"cloudId":"${jira.cloudId}"}` },
    );
    const api = await open(scoped(), { base_url: url });
    expect(seen.map((request) => request.url)).toEqual(Array(3).fill('/_edge/tenant_info'));
    for (const { headers } of seen) expect(headers).not.toHaveProperty('authorization');
    await api.whoAmI();
    expect(jira.stats().routes).toEqual({
      'GET /rest/api/3/myself': expect.objectContaining({ statuses: { 200: 1 } }),
    });
    expect(seen).toHaveLength(3);
  });
});

describe('OAuth', () => {
  it('keeps each refresh token before it goes on, and says what the read cost', async () => {
    await sandbox({ issues: 900, projects: 1 });
    jira.control.accessTokens({ seconds: 2 });
    jira.control.latency({ ms: 150 });
    const config = file(configWith(oauth(), { concurrency: 1 }));
    const result = await runAlone(['read', '--config', config, '--update-config', '--streams', 'issues']);
    expect([result.code, result.records.get('issues')?.length]).toEqual([0, 900]);
    expect(asked('POST /oauth/token')).toBeGreaterThan(1);
    expect(jira.stats().statuses).toEqual({ 200: expect.any(Number) });
    const { credentials } = JSON.parse(readFileSync(config, 'utf8')) as {
      credentials: { refresh_token: string };
    };
    expect(credentials.refresh_token).toBe(jira.oauth.refreshToken);
    const said = result.messages.filter(({ log }) => log?.message.includes('points'));
    expect(said.map(({ log }) => log)).toEqual([
      { level: 'INFO', message: expect.stringContaining(`about ${jira.stats().points} points`) },
    ]);
    expect(result.stdout.toString() + result.stderr).not.toMatch(/sandbox-(refresh|access|client-secret)/);
  });

  it('uses up no token in a shell where the next one could not be kept', async () => {
    await sandbox();
    const { messages } = await run(['check', '--config', file(configWith(oauth()))]);
    expect(messages.at(-1)!.connectionStatus).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('--update-config'),
    });
    expect(asked('POST /oauth/token')).toBe(0);
  });

  it('pauses everything until a quota of points is there again', async () => {
    await sandbox({ issues: 600, projects: 1 });
    jira.control.quota({ points: 250, perSeconds: 2 });
    const config = file(configWith(oauth()));
    const read = ['read', '--config', config, '--update-config', '--streams', 'issues,fields'];
    const { code, records } = await run(read);
    expect([code, records.get('issues')?.length]).toEqual([0, 600]);
    const { throttled, statuses: answers } = jira.stats();
    // Each window ends with the requests that were under way, and no more: none is sent before it is over.
    expect(throttled).toBeGreaterThan(0);
    expect(throttled).toBeLessThanOrEqual(3 * 8);
    expect(answers[429]).toBe(throttled);
  });

  it('says what to do where the consent is gone', async () => {
    await sandbox();
    const refresh_token = jira.oauth.refreshToken;
    jira.control.revokeAuthorization();
    const api = await open(oauth({ refresh_token }));
    await expect(api.whoAmI()).rejects.toMatchObject({
      code: 'auth.invalid_grant',
      place: 'config.credentials.refresh_token',
      hint: expect.stringContaining('authorize the app again'),
    });
  });
});

describe('check', () => {
  it('names every project that is not there', async () => {
    await sandbox();
    const api = await open(scoped(), { projects: ['ENG', 'NOPE', 'GONE'] });
    await expect(api.projects()).rejects.toMatchObject({ message: expect.stringMatching(/NOPE.*GONE/) });
  });

  it('names the permission that a selected stream needs', async () => {
    await sandbox();
    jira.control.denyPermissions({ permissions: ['USER_PICKER'] });
    const stream = (name: string) => ({
      stream: { name, json_schema: {}, supported_sync_modes: ['full_refresh'] },
      sync_mode: 'full_refresh',
      destination_sync_mode: 'overwrite',
    });
    const config = file(configWith(scoped(), { users: 'all' }));
    const catalog = file({ streams: ['projects', 'users'].map(stream) });
    const { messages } = await run(['check', '--config', config, '--catalog', catalog]);
    expect(messages.at(-1)!.connectionStatus).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('users needs the permission “Browse users and groups”'),
    });
  });
});
