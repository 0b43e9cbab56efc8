import { defineSource } from '@headrace/sdk';
import { jenkinsApi } from './api.ts';
import { config } from './config.ts';
import { buildStages } from './streams/build-stages.ts';
import { builds } from './streams/builds.ts';
import { jobs } from './streams/jobs.ts';
import { nodes } from './streams/nodes.ts';
import { queue } from './streams/queue.ts';
import { testReports } from './streams/test-reports.ts';

/** All streams. */
export const streams = [jobs, builds, buildStages, testReports, queue, nodes];

/** Jenkins, by its remote API. */
export default defineSource({
  name: 'jenkins-source',
  vendor: 'jenkins',
  documentationUrl: 'https://github.com/headrace/headrace/tree/main/connectors/jenkins-source',
  config,
  start: 'start_date',
  origin: ({ base_url }) => new URL(base_url).host,
  open: jenkinsApi,
  concurrency: ({ concurrency }) => concurrency,
  check: (api) => api.check(),
  streams,
});
