import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { object, text } from '../schemas/columns.ts';

/** All statuses, including those of team-managed projects. */
export const statuses = defineStream<JiraApi>()({
  name: 'statuses',
  description: 'A status of issues, for the whole site or one team-managed project.',
  schema: {
    properties: {
      id: { type: 'string' },
      name: text,
      description: text,
      statusCategory: { ...text, description: 'TODO, IN_PROGRESS or DONE' },
      scope: { ...object, description: 'GLOBAL, or PROJECT with the project’s id' },
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  access: async (api) =>
    (await api.lacks('ADMINISTER_PROJECTS')) && (await api.lacks('ADMINISTER'))
      ? 'Administer projects'
      : undefined,
  read: ({ api, select }) => api.list('/rest/api/3/statuses/search', {}, select),
});
