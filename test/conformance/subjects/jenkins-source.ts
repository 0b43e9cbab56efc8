import { type JenkinsOptions, startJenkins } from '@headrace/sandbox';
import type { SourceFixture, SourceSuiteOptions } from '@headrace/sdk/testing';
import catalog from '../../../specs/jenkins-source.catalog.json' with { type: 'json' };
import spec from '../../../specs/jenkins-source.json' with { type: 'json' };
import { binary } from './binaries.ts';

async function start(options: JenkinsOptions): Promise<SourceFixture> {
  const jenkins = await startJenkins({ seed: 5, levels: 3, running: 0, pathPrefix: '/ci', ...options });
  const configWith = (api_token: string): object => ({
    base_url: jenkins.root,
    credentials: { auth_type: 'api_token', username: jenkins.user, api_token },
  });
  return {
    config: configWith(jenkins.apiToken),
    badConfig: configWith('a-wrong-token-0123456789'),
    counts: { jobs: jenkins.jobs().length, builds: jenkins.builds().length },
    baseUrl: jenkins.root,
    change: () => {
      jenkins.control.start({ count: 6 });
      // All of them: a run of a pipeline would have other stages in each read.
      jenkins.control.finish({ count: 6 });
      jenkins.control.deleteBuilds({ count: 1 });
    },
    stop: () => jenkins.close(),
  };
}

export const jenkinsSource: SourceSuiteOptions = {
  command: [binary('jenkins-source')],
  start: () => start({ jobs: 6, builds: 60 }),
  withBaseUrl: (config: object, base_url) => ({ ...config, base_url }),
  previous: { spec, catalog: { streams: catalog.streams.filter(({ name }) => name !== 'queue') } },
  // Without the queue, whose key holds the moment of the snapshot: two reads have no record in common.
  streams: ['jobs', 'builds', 'build_stages', 'test_reports', 'nodes'],
  // The job's present estimate.
  volatile: { builds: ['estimatedDuration'] },
  // A pipeline without the stage view and a build without a report answer 404.
  skips: ['build_stages', 'test_reports'],
  resumes: 4,
};
