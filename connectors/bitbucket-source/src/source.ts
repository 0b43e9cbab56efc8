import { defineSource } from '@headrace/sdk';
import { bitbucketApi } from './api.ts';
import { config } from './config.ts';
import { branches } from './streams/branches.ts';
import { commits } from './streams/commits.ts';
import { deployments } from './streams/deployments.ts';
import { pipelineSteps } from './streams/pipeline-steps.ts';
import { pipelines } from './streams/pipelines.ts';
import { prActivities } from './streams/pr-activities.ts';
import { prComments } from './streams/pr-comments.ts';
import { prCommits } from './streams/pr-commits.ts';
import { prDiffstats } from './streams/pr-diffstats.ts';
import { pullRequests } from './streams/pull-requests.ts';
import { repositories } from './streams/repositories.ts';
import { tags } from './streams/tags.ts';
import { workspaceMembers } from './streams/workspace-members.ts';
import { workspaces } from './streams/workspaces.ts';

export const streams = [
  workspaces,
  workspaceMembers,
  repositories,
  branches,
  tags,
  commits,
  pullRequests,
  prActivities,
  prComments,
  prCommits,
  prDiffstats,
  pipelines,
  pipelineSteps,
  deployments,
];

/** Bitbucket Cloud. */
export default defineSource({
  name: 'bitbucket-source',
  vendor: 'bitbucket',
  documentationUrl: 'https://github.com/headrace/headrace/tree/main/connectors/bitbucket-source',
  config,
  start: 'start_date',
  origin: ({ base_url }) => new URL(base_url).host,
  open: bitbucketApi,
  concurrency: ({ concurrency }) => concurrency,
  check: async (api) => {
    await api.repositories.all();
  },
  streams,
  names: (api) => api.repositories.names(),
  close: async (api) => api.passedOver.tell(),
});
