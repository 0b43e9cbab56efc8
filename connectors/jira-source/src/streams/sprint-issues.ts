import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { referencePages, sprints } from '../boards.ts';
import { text } from '../columns.ts';
import { NO_SPRINT, unless } from '../passed-over.ts';

/** Which issues are or were in which sprint; a sprint that boards share is read once. */
export const sprintIssues = defineStream<JiraApi>()({
  name: 'sprint_issues',
  description: 'That an issue is in a sprint: a reference without the issue’s fields.',
  schema: {
    properties: {
      sprintId: { type: 'integer' },
      id: { type: 'string', description: 'of the issue' },
      key: { type: 'string', description: 'of the issue' },
      self: text,
      expand: text,
    },
  },
  primaryKey: ['sprintId', 'id'],
  partitions: sprints,
  read: ({ api, partition, select }) => {
    const pages = referencePages(api, `/rest/software/1.0/sprint/${partition.key}/issue`, select);
    return unless([NO_SPRINT], 'sprint_issues', api, pages);
  },
  context: { sprintId: (_page, _row, sprint) => Number(sprint.key) },
});
