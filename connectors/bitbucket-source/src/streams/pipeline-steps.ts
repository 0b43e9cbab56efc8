import {
  childPages,
  defineStream,
  ifFound,
  openChildren,
  pageOfRecords,
  parentOf,
  recordsOf,
  withReadAt,
} from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import type { BitbucketApi } from '../api.ts';
import { PIPELINE, pipelinePages, pipelinePath, pipelineSet } from '../pipelines/list.ts';
import { integer, object, objects, repositoryUuid, text, time } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';
import { longestWaiting } from '../site/waiting.ts';

/** The largest page that any list is known to accept; that of this one is not known. */
const STEPS_A_PAGE = 50;

/** The steps of pipelines. While its pipeline runs, a step is sent again when it changes. */
export const pipelineSteps = defineStream<BitbucketApi>()({
  name: 'pipeline_steps',
  description: 'A step of a pipeline. Sent again when it changed, until the pipeline is completed.',
  schema: {
    properties: {
      uuid: { type: 'string' },
      type: text,
      name: text,
      pipeline: object,
      state: object,
      trigger: object,
      image: object,
      script_commands: objects,
      setup_commands: objects,
      teardown_commands: objects,
      tasks: objects,
      run_number: { ...integer, description: 'rises if the step is run again' },
      maxTime: integer,
      build_seconds_used: integer,
      duration_in_seconds: integer,
      started_on: time,
      completed_on: time,
      links: object,
      repository_uuid: repositoryUuid,
      created_on: { ...time, description: 'of its pipeline' },
    },
  },
  primaryKey: ['uuid'],
  cursorField: 'created_on',
  access: lacks('pipeline'),
  record: PIPELINE,
  partitions: async (api, _saved, listing) =>
    longestWaiting(await api.repositories.all(listing), ['pipeline_steps'], api.states),
  cursor: (api) => withReadAt(openChildren({ ...pipelineSet(api), child: 'uuid' })),
  read: ({ api, partition, from, select }) => {
    const pipelines = pipelinePages('pipeline_steps', api, partition, from, select);
    return childPages(pipelines, {
      record: PIPELINE,
      key: 'uuid',
      wants: (page, row) => from.wants(page)[row] === 1,
      ask: async (page, row) => {
        const request = {
          path: pipelinePath(partition, page.id(row, 'uuid')!, '/steps/'),
          query: { pagelen: STEPS_A_PAGE },
        };
        const pages = await ifFound(Array.fromAsync(listPages(api.http, request, select)));
        return pages && pageOfRecords(pages.flatMap(recordsOf), select(''));
      },
      most: api.config.concurrency,
    });
  },
  context: {
    repository_uuid: (_page, _row, { key }) => key,
    created_on: (page) => parentOf<'created_on'>(page).text(0, 'created_on'),
  },
});
