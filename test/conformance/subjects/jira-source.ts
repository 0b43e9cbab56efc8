import { type JiraOptions, startJira } from '@headrace/sandbox';
import type { RotatingFixture, SourceFixture, SourceSuiteOptions } from '@headrace/sdk/testing';
import catalog from '../../../specs/jira-source.catalog.json' with { type: 'json' };
import spec from '../../../specs/jira-source.json' with { type: 'json' };
import { binary } from './binaries.ts';

const PROJECTS = 2;

async function start(options: JiraOptions): Promise<SourceFixture> {
  const jira = await startJira({ seed: 5, projects: PROJECTS, ...options });
  const configWith = (api_token: string): object => ({
    base_url: jira.url,
    credentials: { auth_type: 'api_token', email: jira.email, api_token },
  });
  return {
    config: configWith(jira.apiToken),
    badConfig: configWith('a-wrong-token-0123456789'),
    counts: { issues: jira.ids().length, projects: PROJECTS, users: 40 },
    baseUrl: jira.url,
    change: () => {
      jira.control.touch({ count: 5 });
      jira.control.create({ count: 2 });
      jira.control.delete({ count: 1 });
    },
    stop: () => jira.close(),
  };
}

async function startRotating(): Promise<RotatingFixture> {
  const jira = await startJira({ seed: 5, projects: PROJECTS, issues: 100 });
  const { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } = jira.oauth;
  return {
    config: {
      base_url: jira.url,
      gateway_url: jira.url,
      auth_url: jira.url,
      credentials: { auth_type: 'oauth2', client_id, client_secret, refresh_token },
    },
    token: () => jira.oauth.refreshToken,
    stop: () => jira.close(),
  };
}

export const jiraSource: SourceSuiteOptions = {
  command: [binary('jira-source')],
  // Small pages, so that few issues make several pages by token. Each panel costs a request.
  start: () => start({ issues: 60, searchRows: 15, panelsOneIn: 12 }),
  // With histories, comments and panels, each issue gives about 25 records.
  startBig: () => start({ issues: 2500, awkward: false, panelsOneIn: 12 }),
  startOversized: () => start({ issues: 1, issueBytes: { min: 21_000_000, max: 21_100_000 } }),
  startRotating,
  withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
  previous: { spec, catalog },
  referenced: ['users'],
  // Nothing has been deleted yet.
  mayBeEmpty: ['issue_deletions', 'worklog_deletions'],
  resumes: 4,
};
