import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { referencePages, sprints } from '../boards/boards.ts';
import { NO_SPRINT } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { text } from '../schemas/columns.ts';

/** Which issues are or were in which sprint. A sprint that several boards share is read once. */
export const sprintIssues = defineStream<JiraApi>()({
  name: 'sprint_issues',
  description: 'An issue in a sprint, as a reference without the issue’s fields.',
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
  read: ({ api, partition: { key }, select }) => {
    const path = `/rest/software/1.0/sprint/${key}/issue`;
    const asked = { stream: 'sprint_issues', id: key, path };
    return unless([NO_SPRINT], asked, api, referencePages(api, path, select));
  },
  context: { sprintId: (_page, _row, sprint) => Number(sprint.key) },
});
