import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';

/** Every account of the site, app and deactivated ones included. */
export const users = defineStream<JiraApi>()({
  name: 'users',
  description: 'An account of the site: people, apps, deactivated ones too.',
  schema: {
    properties: {
      accountId: { type: 'string', description: 'Data Center: the key' },
      key: { type: ['null', 'string'], description: 'Data Center' },
      name: { type: ['null', 'string'], description: 'Data Center: what one signs in with' },
      accountType: { type: ['null', 'string'] },
      displayName: { type: ['null', 'string'] },
      emailAddress: { type: ['null', 'string'], description: 'only where the account shows it' },
      active: { type: ['null', 'boolean'] },
      timeZone: { type: ['null', 'string'] },
      locale: { type: ['null', 'string'] },
      avatarUrls: { type: ['null', 'object'], additionalProperties: true },
      self: { type: ['null', 'string'] },
    },
  },
  primaryKey: ['accountId'],
  record: { accountId: 'accountId', key: 'key' },
  access: async (api) => ((await api.lacks('USER_PICKER')) ? 'Browse users and groups' : undefined),
  read: ({ api, select }) => api.userPages(select),
  // Data Center knows people by a key of its own.
  context: { accountId: (page, row) => page.text(row, 'key') },
});
