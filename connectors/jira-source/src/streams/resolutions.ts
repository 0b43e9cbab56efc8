import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { flag, text } from '../schemas/columns.ts';

/** All resolutions of the site. */
export const resolutions = defineStream<JiraApi>()({
  name: 'resolutions',
  description: 'A resolution of issues.',
  schema: {
    properties: {
      id: { type: 'string' },
      self: text,
      name: text,
      description: text,
      iconUrl: text,
      isDefault: flag,
      default: flag,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  read: ({ api, select }) => api.list('/rest/api/3/resolution/search', {}, select),
});
