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
      control.finishPipeline({ repository, number: control.startPipeline({ repository }).number });
    },
    stop: () => bitbucket.close(),
  };
}

export const bitbucketSource: SourceSuiteOptions = {
  command: [binary('bitbucket-source')],
  // Each pull request costs four requests. The first repository has several pages of commits.
  start: () => start({ repositories: 2, commits: 240, pullRequests: 12, pipelines: 8, members: 4 }),
  withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
  previous: { spec, catalog },
  mayBeEmpty: ['tags'],
  resumes: 4,
};
