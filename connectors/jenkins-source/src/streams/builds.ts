import { defineStream, openSet } from '@headrace/sdk';
import type { JenkinsApi } from '../api.ts';
import { BUILD, buildsBy } from '../builds/cursor.ts';
import type { Job } from '../jobs/item.ts';
import { flag, integer, object, objects, text } from '../schemas.ts';

/** All builds of the selected jobs. A build that runs is sent again when it changes, until it is finished. */
export const builds = defineStream<JenkinsApi>()({
  name: 'builds',
  description:
    'A build of a job: a run of a freestyle job, a pipeline, a matrix configuration or a Maven module.',
  schema: {
    properties: {
      _class: text,
      number: { type: 'integer' },
      timestamp: { type: 'integer', description: 'when it began, in ms since 1970' },
      id: text,
      url: text,
      displayName: text,
      fullDisplayName: text,
      description: text,
      result: {
        ...text,
        description: 'SUCCESS, UNSTABLE, FAILURE, ABORTED or NOT_BUILT; null if not decided',
      },
      building: flag,
      inProgress: { ...flag, description: 'also true while what follows the build goes on' },
      duration: { ...integer, description: 'in ms; 0 while it runs' },
      estimatedDuration: { ...integer, description: 'of the job, when the build was read' },
      queueId: integer,
      builtOn: { ...text, description: 'the node; empty for the built-in one' },
      keepLog: flag,
      actions: objects,
      artifacts: objects,
      changeSet: object,
      changeSets: objects,
      culprits: objects,
      runs: { ...objects, description: 'of a matrix build: the builds of its configurations' },
      mavenArtifacts: object,
      mavenVersionUsed: text,
      jobFullName: { type: 'string' },
    },
  },
  primaryKey: ['jobFullName', 'number', 'timestamp'],
  cursorField: 'timestamp',
  record: { ...BUILD, estimatedDuration: 'estimatedDuration', nextBuild: 'nextBuild' },
  partitions: (api, _saved, listing) => api.jobs(listing),
  cursor: ({ config }) =>
    // Both change without the build: the job's estimate, and what began after it.
    openSet({ ...buildsBy(config), aside: ['estimatedDuration', 'nextBuild'] }),
  read: ({ api, partition, from, select }) => api.builds(partition, from, select),
  context: { jobFullName: (_page, _row, job: Job) => job.key },
});
