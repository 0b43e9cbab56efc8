import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { flag, object, objects, text } from '../schemas/columns.ts';

/**
 * All workflows with their statuses and transitions. Jira hides most of them from accounts that are not
 * administrators.
 */
export const workflows = defineStream<JiraApi>()({
  name: 'workflows',
  description: 'A workflow with its statuses and transitions, of the whole site or of one project.',
  schema: {
    properties: {
      id: { type: 'string' },
      name: text,
      description: text,
      scope: { ...object, description: 'GLOBAL, or PROJECT with the project’s id' },
      version: object,
      statuses: objects,
      transitions: objects,
      isEditable: flag,
      created: text,
      updated: text,
      startPointLayout: object,
      loopedTransitionContainerLayout: object,
      taskId: text,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  access: async (api) => ((await api.lacks('ADMINISTER')) ? 'Administer Jira' : undefined),
  read: ({ api, select }) =>
    api.list('/rest/api/3/workflows/search', { expand: 'values.transitions' }, select),
});
