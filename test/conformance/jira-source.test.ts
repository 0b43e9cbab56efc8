import { type JiraOptions, startJira } from '@headrace/sandbox';
import { type SourceFixture, testSource } from '@headrace/sdk/testing';
import { test } from 'vitest';
import catalog from '../../specs/jira-source.catalog.json' with { type: 'json' };
import spec from '../../specs/jira-source.json' with { type: 'json' };
import { binary } from './binaries.ts';

async function start(options: JiraOptions): Promise<SourceFixture> {
  const jira = await startJira({ seed: 5, ...options });
  const configWith = (api_token: string): object => ({
    base_url: jira.url,
    credentials: { auth_type: 'api_token', email: jira.email, api_token },
  });
  return {
    config: configWith(jira.apiToken),
    badConfig: configWith('a-wrong-token-0123456789'),
    baseUrl: jira.url,
    change: () => {
      jira.control.touch({ count: 5 });
      jira.control.create({ count: 2 });
      jira.control.delete({ count: 1 });
    },
    stop: () => jira.close(),
  };
}

testSource({
  test: test.concurrent,
  command: [binary('jira-source')],
  start: () => start({ issues: 700, projects: 3 }),
  startBig: () => start({ issues: 25_000, projects: 3, awkward: false }),
  withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
  previous: { spec, catalog },
  resumes: 12,
});
