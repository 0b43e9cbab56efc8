import { defineStream } from '@headrace/sdk';
import type { JenkinsApi } from '../api.ts';
import { flag, integer, object, objects, text } from '../schemas.ts';

/** All selected jobs and folders, in each read. */
export const jobs = defineStream<JenkinsApi>()({
  name: 'jobs',
  description:
    'A job or a folder: freestyle jobs, pipelines, multibranch projects and their branches, matrix jobs and their configurations, Maven jobs and their modules.',
  schema: {
    properties: {
      _class: text,
      fullName: { type: 'string', description: 'its name with those of its folders' },
      name: text,
      displayName: text,
      fullDisplayName: text,
      url: text,
      description: text,
      color: { ...text, description: 'the last result, as Jenkins shows it; with _anime while it runs' },
      buildable: flag,
      disabled: flag,
      inQueue: flag,
      concurrentBuild: flag,
      keepDependencies: flag,
      labelExpression: text,
      nextBuildNumber: integer,
      firstBuild: object,
      lastBuild: object,
      lastCompletedBuild: object,
      lastFailedBuild: object,
      lastStableBuild: object,
      lastSuccessfulBuild: object,
      lastUnstableBuild: object,
      lastUnsuccessfulBuild: object,
      healthReport: objects,
      property: objects,
      scm: object,
      upstreamProjects: objects,
      downstreamProjects: objects,
      primaryView: object,
      views: objects,
    },
  },
  primaryKey: ['fullName'],
  record: { fullName: 'fullName' },
  partitions: (api, _saved, listing) => api.folders(listing),
  read: async function* ({ api, partition, select }) {
    yield await api.jobPage(partition, select);
  },
});
