import { defineStream } from '@headrace/sdk';
import { onePage } from '../answers/pages.ts';
import type { JiraApi } from '../api.ts';
import { flag, integer, object, text } from '../schemas/columns.ts';

/** All issue types that the account can see. */
export const issueTypes = defineStream<JiraApi>()({
  name: 'issue_types',
  description: 'An issue type of the whole site or of one team-managed project.',
  schema: {
    properties: {
      id: { type: 'string' },
      self: text,
      name: text,
      untranslatedName: text,
      description: text,
      iconUrl: text,
      subtask: flag,
      avatarId: integer,
      hierarchyLevel: { ...integer, description: '-1 sub-task, 0 standard, 1 epic, higher ones above' },
      entityId: text,
      scope: object,
    },
  },
  primaryKey: ['id'],
  read: ({ api, select }) => onePage(api, { path: '/rest/api/3/issuetype' }, select('')),
});
