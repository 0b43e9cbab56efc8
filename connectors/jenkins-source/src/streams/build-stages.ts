import { childPages, defineStream, openChildren, type Page, parentOf } from '@headrace/sdk';
import type { JenkinsApi } from '../api.ts';
import { BUILD, buildsBy, wantedBy } from '../builds/cursor.ts';
import { STAGED } from '../builds/trees.ts';
import type { Job } from '../jobs/item.ts';
import { integer, object, text } from '../schemas.ts';

/** How long a stage took; for one that still runs, until now. */
const DURATIONS = { durationMillis: 'durationMillis', pauseDurationMillis: 'pauseDurationMillis' };
const UNFINISHED = new Set(['IN_PROGRESS', 'PAUSED_PENDING_INPUT']);

const RECORD = { ...BUILD, ...DURATIONS, id: 'id', status: 'status', buildClass: '_class' };

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
  record: RECORD,
  partitions: (api, _saved, listing) => api.jobs(listing),
  cursor: ({ config }) =>
    openChildren({
      ...buildsBy(config),
      child: 'id',
      drifts: (page, row) => (UNFINISHED.has(page.text(row, 'status') ?? '') ? Object.keys(DURATIONS) : []),
    }),
  read: ({ api, partition: job, from, select }) => {
    const isWanted = wantedBy(from);
    return childPages(api.buildsWith(job, from, { tree: STAGED, select }), {
      record: RECORD,
      key: 'number',
      wants: (page, row) => api.stages.has(classOf(page, row)) && isWanted(page, row),
      ask: (page, row) => api.stages.of(job, page.id(row, 'number') ?? '', select),
      most: api.config.concurrency,
    });
  },
  context: {
    jobFullName: (_page, _row, job: Job) => job.key,
    number: (page) => Number(parentOf(page).id(0, 'number')),
    timestamp: (page) => Number(parentOf(page).id(0, 'timestamp')),
  },
});

/** The class of a build in a list of builds. */
const classOf = (page: Page, row: number): string | undefined => page.text(row, 'buildClass');
