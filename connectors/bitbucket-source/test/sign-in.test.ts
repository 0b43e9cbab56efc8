import { type BitbucketSandbox, startBitbucket } from '@headrace/sandbox';
import type { InProcess } from '@headrace/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, compared, configFor, discover, read, said, statusOf } from './run.ts';

let sandbox: BitbucketSandbox;

beforeEach(async () => {
  sandbox = await startBitbucket({ seed: 8, repositories: 3, commits: 30, pullRequests: 6, pipelines: 4 });
});
afterEach(() => sandbox.close());

const withCredentials = (credentials: object, more: object = {}): object =>
  configFor(sandbox, { credentials, ...more });
const answer = ({ messages }: InProcess): string =>
  JSON.stringify(messages.find(({ type }) => type === 'CONNECTION_STATUS'));

describe('signing in', () => {
  it('works with an API token, an access token and OAuth client credentials', async () => {
    const workspaces = [sandbox.repositories()[0]!.fullName.split('/')[0]];
    const { clientId: client_id, clientSecret: client_secret } = sandbox.oauth;
    for (const config of [
      configFor(sandbox),
      withCredentials({ auth_type: 'access_token', access_token: sandbox.workspaceToken }, { workspaces }),
      withCredentials({ auth_type: 'oauth2', client_id, client_secret }),
    ]) {
      expect(answer(await check(config))).toContain('SUCCEEDED');
      const first = await read(config, { streams: ['repositories', 'pull_requests'] });
      expect(first.code).toBe(0);
      expect(compared(sandbox, 'pull_requests', first)).toMatchObject({ missing: 0, extra: 0 });
    }
  });

  it('renews an OAuth access token that expires in the middle', async () => {
    const { clientId: client_id, clientSecret: client_secret } = sandbox.oauth;
    sandbox.control.fail({ kind: '500', route: '/pullrequests', times: 1 });
    const config = withCredentials({ auth_type: 'oauth2', client_id, client_secret });
    sandbox.control.accessTokens({ seconds: 1 });
    expect((await read(config)).code).toBe(0);
  });

  it('with the token of a repository works if the repository is named', async () => {
    const [one] = sandbox.repositories();
    const credentials = { auth_type: 'access_token', access_token: sandbox.repositoryToken };
    const config = withCredentials(credentials, { repositories: [one!.fullName] });
    expect(answer(await check(config))).toContain('SUCCEEDED');
    const first = await read(config, { streams: ['repositories', 'pull_requests', 'commits'] });
    expect(first.code).toBe(0);
    expect(first.records.filter(({ stream }) => stream === 'pull_requests')).toHaveLength(
      one!.pullRequests.length,
    );
  });

  it('says that an access token cannot list workspaces', async () => {
    const credentials = { auth_type: 'access_token', access_token: sandbox.workspaceToken };
    const said = answer(await check(withCredentials(credentials)));
    expect(said).toContain('FAILED');
    expect(said).toContain('name them in workspaces');
  });

  it.each([
    ['a wrong token', 'wrong-token-12345'],
    ['a token without scopes', undefined],
  ])('says what to do about %s, and does not show it', async (_, wrong) => {
    const api_token = wrong ?? sandbox.apiTokenWithoutScopes;
    const config = withCredentials({ auth_type: 'api_token', email: sandbox.email, api_token });
    const checked = await check(config);
    expect(answer(checked)).toMatch(/FAILED.*does not accept these credentials/);
    expect(answer(checked)).toContain('a token without scopes');
    const first = await read(config);
    expect(first.code).toBe(1);
    expect(JSON.stringify([checked.messages, first.messages])).not.toContain(api_token);
  });
});

describe('scopes', () => {
  it('that are missing leave out their streams, with the name of the scope', async () => {
    sandbox.control.scopes({
      caller: 'api-token',
      scopes: ['user', 'workspace', 'repository', 'pullrequest'],
    });
    const found = await discover(configFor(sandbox));
    const names = JSON.stringify(found.messages.find(({ type }) => type === 'CATALOG'));
    expect(names).toContain('"pull_requests"');
    expect(names).not.toContain('"pipelines"');
    const first = await read(configFor(sandbox));
    expect(first.code).toBe(0);
    expect(said(first, 'WARN')).toContainEqual(expect.stringMatching(/^pipelines is left out:.*pipeline/));
    const wanted = await read(configFor(sandbox), { streams: ['pipelines', 'pull_requests'] });
    expect([wanted.code, statusOf(wanted, 'pipelines'), statusOf(wanted, 'pull_requests')]).toEqual([
      1,
      'INCOMPLETE',
      'COMPLETE',
    ]);
  });
});

describe('what a server may do to a client', () => {
  it('a next page on another host is never asked for', async () => {
    sandbox.control.linkTo({ origin: 'http://127.0.0.1:1' });
    sandbox.control.push({ repository: sandbox.repositories()[0]!.fullName, count: 120 });
    const first = await read(configFor(sandbox), { streams: ['commits'] });
    expect(first.code).toBe(1);
    expect(first.errors.map(({ message }) => message).join()).toContain('not on 127.0.0.1');
  });

  it('a used-up hour and a burst are waited for', async () => {
    sandbox.control.fail({ kind: '429-bare', route: '/pullrequests', times: 2 });
    sandbox.control.fail({ kind: '429-edge', route: '/refs', times: 2 });
    sandbox.control.fail({ kind: '429', retryAfterSeconds: 0, route: '/pipelines/', times: 1 });
    const first = await read(configFor(sandbox));
    expect(first.code).toBe(0);
    for (const stream of ['pull_requests', 'commits', 'pipelines'])
      expect(compared(sandbox, stream, first)).toMatchObject({ missing: 0, extra: 0 });
  });

  it.each(['right', 'missing', 'wrong'] as const)(
    'a size of lists that is %s does not matter',
    async (are) => {
      sandbox.control.sizes({ are });
      const first = await read(configFor(sandbox), {
        streams: ['pull_requests', 'commits', 'branches', 'pr_comments'],
      });
      expect(first.code).toBe(0);
      for (const stream of ['pull_requests', 'commits', 'branches', 'pr_comments'])
        expect(compared(sandbox, stream, first)).toMatchObject({ missing: 0, extra: 0 });
    },
  );

  it('a list that ends too early is asked for again', async () => {
    const repository = sandbox.repositories()[0]!.fullName;
    for (let k = 0; k < 120; k++) sandbox.control.createBranch({ repository, name: `b${k}` });
    sandbox.control.fail({ kind: 'end-early', route: '/refs/branches', times: 1 });
    const first = await read(configFor(sandbox), { streams: ['branches'] });
    expect(first.code).toBe(0);
    expect(compared(sandbox, 'branches', first)).toMatchObject({ missing: 0, extra: 0 });
  });
});
