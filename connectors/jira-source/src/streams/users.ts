import { defineStream, pagesByOffset } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';

/** Every account of the site, app and deactivated ones included. */
export const users = defineStream<JiraApi>()({
  name: 'users',
  description: 'An account of the site: people, apps, deactivated ones too.',
  schema: {
    properties: {
      accountId: { type: 'string' },
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
  record: { accountId: 'accountId' },
  access: async (api) => ((await api.lacks('USER_PICKER')) ? 'Browse users and groups' : undefined),
  read: ({ api, select }) =>
    pagesByOffset(api.http, { path: '/rest/api/3/users/search' }, select(''), {
      key: ['accountId'],
      offset: 'startAt',
      size: ['maxResults', 1000],
      // Whom the account may not see is taken out of a page after it was counted: only an empty one is the end.
      step: 'size',
    }),
});
