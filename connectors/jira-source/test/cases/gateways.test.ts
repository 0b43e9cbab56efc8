import { runInProcess } from '@headrace/sdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import jiraSource from '../../src/source.ts';
import { below, flaky, keptRefreshToken, retryAtOnce, signOnPage } from './rules.ts';
import { ending, failures, type Through, through } from './through.ts';

/** What stands between us and Jira: sign-on pages, redirects, gateways that give up, limits that say nothing. */
let site: Through;
beforeAll(async () => {
  site = await through({ issues: 120, projects: 2 });
});
afterAll(() => site.close());

const ISSUES = ['issues', 'issue_changelogs'];
const status = (run: Awaited<ReturnType<Through['check']>>) =>
  run.messages.flatMap((message) => (message.type === 'CONNECTION_STATUS' ? [message.connectionStatus] : []));

it('reads the same through a proxy that does nothing', async () => {
  const streams = ['issues', 'projects', 'users', 'boards'];
  const run = await site.read(undefined, streams);
  const direct = await runInProcess(
    jiraSource,
    'read',
    { ...site.config(), base_url: site.jira.url },
    { streams },
  );
  expect(run.code).toBe(0);
  expect(run.records.map(({ text }) => text).sort()).toEqual(direct.records.map(({ text }) => text).sort());
});

it('a web page in place of one endpoint fails the streams that need it', async () => {
  const run = await site.read(signOnPage(0, /\/label$/), ['labels', 'projects']);
  expect(ending(run, ['labels', 'projects'])).toEqual([
    'exit 1',
    'labels 0 INCOMPLETE',
    'projects 2 COMPLETE',
  ]);
  expect(failures(run).join()).toContain('Sign in - Example SSO');
});

it('a Jira below a path is found there, and missed elsewhere', async () => {
  const base_url = `${site.proxy.url}/jira`;
  const run = await site.read(below('/jira'), ['issues', 'projects'], { config: { base_url } });
  expect(ending(run, ['issues', 'projects'])).toEqual([
    'exit 0',
    'issues 120 COMPLETE',
    'projects 2 COMPLETE',
  ]);
  const missed = await site.check(below('/jira'));
  expect(status(missed)).toEqual([{ status: 'FAILED', message: expect.stringContaining('base_url') }]);
});

it('credentials that are refused again and again are given up soon', async () => {
  const asked = site.proxy.asked.length;
  const run = await site.read(flaky(401, { nth: 1, paths: /./, times: Number.POSITIVE_INFINITY }), ISSUES);
  expect(run.code).toBe(1);
  expect(failures(run).join()).toContain('credentials');
  expect(site.proxy.asked.length - asked).toBeLessThan(12);
});

it('Retry-After: 0 is no invitation to ask without a pause', async () => {
  const asked = site.proxy.asked.length;
  const run = await site.read(retryAtOnce(12), ['issues']);
  expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 120 COMPLETE']);
  expect(site.proxy.asked.length - asked).toBeLessThan(40);
});

it('a refresh token that is not rotated stays, and nobody is told to save another', async () => {
  const { oauth, cloudId } = site.jira;
  const config = {
    credentials: {
      auth_type: 'oauth2',
      client_id: oauth.clientId,
      client_secret: oauth.clientSecret,
      refresh_token: oauth.refreshToken,
      cloud_id: cloudId,
    },
    gateway_url: site.proxy.url,
    auth_url: site.proxy.url,
  };
  const run = await site.read(keptRefreshToken, ['projects'], { config, env: { HEADRACE_CONTROL: '1' } });
  expect(ending(run, ['projects'])).toEqual(['exit 0', 'projects 2 COMPLETE']);
  expect(run.messages.filter(({ type }) => type === 'CONTROL')).toEqual([]);
});
