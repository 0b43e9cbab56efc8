import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';

/** Every project that the account can see, live and archived. */
export const projects = defineStream<JiraApi>()({
  name: 'projects',
  description: 'A project that the account can see, live or archived.',
  schema: {
    properties: {
      id: { type: 'string' },
      key: { type: 'string' },
      name: { type: 'string' },
      self: { type: ['null', 'string'] },
      description: { type: ['null', 'string'] },
      lead: { type: ['null', 'object'], additionalProperties: true },
      projectTypeKey: { type: ['null', 'string'] },
      projectKeys: { type: ['null', 'array'], items: { type: 'string' }, description: 'keys it had before' },
      expand: { type: ['null', 'string'] },
      avatarUrls: { type: ['null', 'object'], additionalProperties: true },
      properties: { type: ['null', 'object'], additionalProperties: true },
      archived: { type: ['null', 'boolean'] },
      isPrivate: { type: ['null', 'boolean'] },
      simplified: { type: ['null', 'boolean'] },
      style: { type: ['null', 'string'] },
      insight: { type: ['null', 'object'], additionalProperties: true },
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  read: ({ api, select }) => api.projectPages(select, 'description,lead,url,projectKeys,insight'),
});
