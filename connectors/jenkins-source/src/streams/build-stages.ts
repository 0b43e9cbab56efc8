import { defineStream, openChildren, parentOf } from '@headrace/sdk';
import type { JenkinsApi } from '../api.ts';
import { childPages } from '../builds/children.ts';
import { BUILD, buildsBy } from '../builds/cursor.ts';
import { STAGED } from '../builds/trees.ts';
import type { Job } from '../jobs/item.ts';
import { integer, object, text } from '../schemas.ts';

/** Stages that still run, whose durations are those until now. */
const UNFINISHED = new Set(['IN_PROGRESS', 'PAUSED_PENDING_INPUT']);

/** The stages of pipeline runs, as the stage view describes them. */
export const buildStages = defineStream<JenkinsApi>()({
  name: 'build_stages',
  description: 'A stage of a pipeline’s build. While the build runs, it is sent again when it changes.',
  schema: {
    properties: {
      id: { type: 'string', description: 'within its build' },
      name: text,
      status: text,
      startTimeMillis: { ...integer, description: 'in ms since 1970; 0 for a stage that was not executed' },
      durationMillis: { ...integer, description: 'until now for a stage that runs' },
      pauseDurationMillis: integer,
      execNode: text,
      error: object,
      parameterDescription: text,
      _links: object,
      jobFullName: { type: 'string' },
      number: { type: 'integer', description: 'of the build' },
      timestamp: { type: 'integer', description: 'of the build' },
    },
  },
  primaryKey: ['jobFullName', 'number', 'timestamp', 'id'],
  cursorField: 'timestamp',
  record: { ...BUILD, id: 'id', status: 'status', buildClass: '_class' },
  partitions: (api, _saved, listing) => api.jobs(listing),
  cursor: ({ config }) =>
    openChildren({
      ...buildsBy(config),
      child: 'id',
      drifts: (page, row) =>
        UNFINISHED.has(page.text(row, 'status') ?? '') ? ['durationMillis', 'pauseDurationMillis'] : [],
    }),
  read: ({ api, partition: job, from, select }) =>
    childPages(
      api.buildsWith(job, from, { tree: STAGED, select }),
      (page, row) => api.isNew(from, page, row) && api.stages.has(page.text(row, 'buildClass')),
      (number) => api.stages.of(job, number, select),
    ),
  context: {
    jobFullName: (_page, _row, job: Job) => job.key,
    number: (page) => Number(parentOf(page).id(0, 'number')),
    timestamp: (page) => Number(parentOf(page).id(0, 'timestamp')),
  },
});
