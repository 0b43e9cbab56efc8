import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, login } from './testing/client.ts';

let jira: JiraSandbox;
beforeEach(async () => {
  jira = await startJira({ issues: 30, projects: 2 });
});
afterEach(() => jira.close());

const MYSELF = '/rest/api/3/myself';
const scoped = () => ({ authorization: login(jira, jira.scopedToken) });
const atGateway = (path: string, headers: Record<string, string>, cloudId = jira.cloudId) =>
  ask(jira, 'GET', `/ex/jira/${cloudId}${path}`, undefined, headers);

async function refresh(more: Record<string, string> = {}): Promise<{ status: number; body: Tokens }> {
  const { clientId, clientSecret, refreshToken } = jira.oauth;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    ...more,
  });
  const answer = await fetch(`${jira.url}/oauth/token`, { method: 'POST', body: form });
  return { status: answer.status, body: (await answer.json()) as Tokens };
}

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  error?: string;
}

const bearer = ({ body }: { body: Tokens }) => ({ authorization: `Bearer ${body.access_token}` });

describe('the gateway', () => {
  it('accepts a scoped token under the right cloud id, and nothing else accepts that token', async () => {
    expect((await atGateway(MYSELF, scoped())).status).toBe(200);
    expect((await atGateway(MYSELF, scoped(), 'another-site')).status).toBe(404);
    expect((await atGateway(MYSELF, { authorization: login(jira) })).status).toBe(401);
    const direct = await ask(jira, 'GET', MYSELF, undefined, scoped());
    expect([direct.status, direct.headers['x-seraph-loginreason']]).toEqual([401, 'AUTHENTICATED_FAILED']);
    const search = await ask(jira, 'GET', '/rest/api/3/search/jql?jql=id>0', undefined, scoped());
    expect(JSON.parse(search.body.toString())).toEqual({ issues: [], isLast: true });
  });

  it('sends the same bytes as the site', async () => {
    const path = '/rest/api/3/search/jql?jql=id>0&fields=*all';
    const [through, direct] = [await atGateway(path, scoped()), await ask(jira, 'GET', path)];
    expect(through.body.equals(direct.body)).toBe(true);
    expect(jira.stats().routes['GET /rest/api/3/search/jql']!.requests).toBe(2);
  });

  it('reports a missing scope', async () => {
    jira.control.lackScope({ routes: ['users/search'] });
    const refused = await atGateway('/rest/api/3/users/search', scoped());
    expect(JSON.parse(refused.body.toString())).toEqual({
      code: 401,
      message: 'Unauthorized; scope does not match',
    });
    expect((await atGateway(MYSELF, scoped())).status).toBe(200);
  });
});

describe('OAuth', () => {
  it('replaces the refresh token on each use, and refuses the old one', async () => {
    const first = jira.oauth.refreshToken;
    const tokens = await refresh();
    expect(tokens).toMatchObject({ status: 200, body: { expires_in: 3600 } });
    expect(tokens.body.refresh_token).toBe(jira.oauth.refreshToken);
    expect(await refresh({ refresh_token: first })).toMatchObject({
      status: 403,
      body: { error: 'invalid_grant' },
    });
    expect((await atGateway(MYSELF, bearer(tokens))).status).toBe(200);
    expect((await refresh({ client_secret: 'wrong' })).status).toBe(401);
    expect((await refresh({ grant_type: 'password' })).status).toBe(400);
  });

  it('expires access tokens by its clock, and all of them when the consent is withdrawn', async () => {
    jira.control.accessTokens({ seconds: 60 });
    const short = await refresh();
    jira.control.advanceClock({ ms: 61_000 });
    const next = await refresh();
    expect((await atGateway(MYSELF, bearer(short))).status).toBe(401);
    expect((await atGateway(MYSELF, bearer(next))).status).toBe(200);
    jira.control.revokeAuthorization();
    expect((await atGateway(MYSELF, bearer(next))).status).toBe(401);
    expect((await refresh({ refresh_token: next.body.refresh_token })).status).toBe(403);
  });

  it('counts points: one per request, one per object, two per user; none for scoped tokens', async () => {
    const tokens = await refresh();
    await atGateway('/rest/api/3/project/search', bearer(tokens));
    expect(jira.stats().points).toBe(1 + 2);
    await atGateway('/rest/api/3/users/search?maxResults=10', bearer(tokens));
    expect(jira.stats().points).toBe(3 + 1 + 20);
    await atGateway(MYSELF, scoped());
    expect(jira.stats().points).toBe(24);
  });

  it('refuses requests over the quota until the window ends', async () => {
    const tokens = await refresh();
    jira.control.quota({ points: 3, perSeconds: 3600 });
    expect((await atGateway('/rest/api/3/project/search', bearer(tokens))).status).toBe(200);
    const over = await atGateway(MYSELF, bearer(tokens));
    expect(over.status).toBe(429);
    expect(over.headers).toMatchObject({
      'ratelimit-reason': 'jira-quota-tenant-based',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-limit': '3',
    });
    const leftMs = Date.parse(String(over.headers['x-ratelimit-reset'])) - jira.now();
    expect(Math.abs(Number(over.headers['retry-after']) - leftMs / 1000)).toBeLessThan(2);
    expect((await atGateway(MYSELF, scoped())).status).toBe(200);
    jira.control.quota({ points: null });
    expect((await atGateway(MYSELF, bearer(tokens))).status).toBe(200);
  });
});
