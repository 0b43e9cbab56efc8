import { type BitbucketOptions, startBitbucket } from '@headrace/sandbox';
import type { SourceFixture, SourceSuiteOptions } from '@headrace/sdk/testing';
import catalog from '../../../specs/bitbucket-source.catalog.json' with { type: 'json' };
import spec from '../../../specs/bitbucket-source.json' with { type: 'json' };
import { binary } from './binaries.ts';

async function start(options: BitbucketOptions): Promise<SourceFixture> {
  const bitbucket = await startBitbucket({ seed: 5, emptyRepositories: 0, ...options });
  const configWith = (api_token: string): object => ({
    base_url: bitbucket.url,
    credentials: { auth_type: 'api_token', email: bitbucket.email, api_token },
  });
  const repository = bitbucket.repositories()[0]!.fullName;
  return {
    config: configWith(bitbucket.apiToken),
    badConfig: configWith('a-wrong-token-0123456789'),
    counts: {
      pull_requests: bitbucket.truth('pull_requests').length,
      commits: bitbucket.truth('commits').length,
      pipeline_steps: bitbucket.truth('pipeline_steps').length,
    },
    baseUrl: bitbucket.url,
    change: () => {
      const { control } = bitbucket;
      control.push({ repository, count: 2 });
      const { id } = control.openPullRequest({ repository });
      control.comment({ repository, id });
      const { number } = control.startPipeline({ repository, deploys: true });
      control.finishPipeline({ repository, number });
    },
    stop: () => bitbucket.close(),
  };
}

export const bitbucketSource: SourceSuiteOptions = {
  command: [binary('bitbucket-source')],
  // Each pull request costs five requests. The first repository has two pages of commits.
  start: () => start({ repositories: 2, commits: 150, pullRequests: 6, pipelines: 4, members: 3 }),
  withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
  previous: { spec, catalog },
  mayBeEmpty: ['tags'],
  // A repository that a workspace brings and that refuses its first request is passed over; a pull request may have no
  // commits or diffstat, for good.
  skips: [
    'branches',
    'tags',
    'commits',
    'pipelines',
    'pipeline_steps',
    'deployments',
    'pr_commits',
    'pr_diffstats',
  ],
  resumes: 4,
};
