import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { flag, integer, object, text } from '../schemas/columns.ts';

/** All priorities of the site. */
export const priorities = defineStream<JiraApi>()({
  name: 'priorities',
  description: 'A priority of issues.',
  schema: {
    properties: {
      id: { type: 'string' },
      self: text,
      name: text,
      description: text,
      statusColor: text,
      iconUrl: text,
      avatarId: integer,
      isDefault: flag,
      schemes: object,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  read: ({ api, select }) => api.list('/rest/api/3/priority/search', {}, select),
});
