import { defineStream } from '@headrace/sdk';
import { onePage } from '../answers/pages.ts';
import type { JiraApi } from '../api.ts';
import { object, objects, text } from '../schemas/columns.ts';

/** All permission schemes with all their grants. */
export const permissionSchemes = defineStream<JiraApi>()({
  name: 'permission_schemes',
  description: 'A permission scheme with its grants: who may do what in the projects that use it.',
  schema: {
    properties: {
      id: { type: 'integer' },
      self: text,
      name: text,
      description: text,
      scope: { ...object, description: 'the team-managed project that it belongs to' },
      permissions: { ...objects, description: 'who (holder) may do what (permission)' },
      expand: text,
    },
  },
  primaryKey: ['id'],
  read: ({ api, select }) => {
    const request = { path: '/rest/api/3/permissionscheme', query: { expand: 'all' } };
    return onePage(api, request, select('permissionSchemes'));
  },
});
