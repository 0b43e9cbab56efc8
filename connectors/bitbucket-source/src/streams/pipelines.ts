import { defineStream, openSet, withReadAt } from '@headrace/sdk';
import type { BitbucketApi } from '../api.ts';
import { PIPELINE, pipelinePages, pipelineSet } from '../pipelines/list.ts';
import { flag, integer, object, repositoryUuid, text, time } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';
import { longestWaiting } from '../site/waiting.ts';

/** All pipelines. A pipeline is sent again while it runs, and if it is run again. */
export const pipelines = defineStream<BitbucketApi>()({
  name: 'pipelines',
  description:
    'A run of a pipeline. Sent again when it changed, until it is completed, and if it is run again.',
  schema: {
    properties: {
      uuid: { type: 'string' },
      type: text,
      build_number: integer,
      run_number: integer,
      state: {
        ...object,
        description: 'with a result once it is completed; PAUSED and HALTED are stages without one',
      },
      target: {
        ...object,
        description: 'what it runs on: a branch, tag, commit, pull request or merge queue',
      },
      trigger: object,
      creator: object,
      repository: object,
      variables: { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } },
      configuration_sources: {
        type: ['null', 'array'],
        items: { type: 'object', additionalProperties: true },
      },
      build_seconds_used: integer,
      duration_in_seconds: integer,
      first_successful: flag,
      expired: flag,
      has_variables: flag,
      links: object,
      created_on: time,
      completed_on: time,
      run_creation_date: time,
      repository_uuid: repositoryUuid,
    },
  },
  primaryKey: ['uuid'],
  cursorField: 'created_on',
  access: lacks('pipeline'),
  record: PIPELINE,
  partitions: async (api, _saved, listing) =>
    longestWaiting(await api.repositories.all(listing), ['pipelines'], api.states),
  cursor: (api) => withReadAt(openSet(pipelineSet(api))),
  read: ({ api, partition, from, select }) => pipelinePages('pipelines', api, partition, from, select),
  context: { repository_uuid: (_page, _row, { key }) => key },
});
