import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';

const PAGE_SIZE = 1000;

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
  access: async (api) => ((await api.lacks('USER_PICKER')) ? 'Browse users and groups' : undefined),
  read: async function* ({ api, select }) {
    for (let startAt = 0; ; startAt += PAGE_SIZE) {
      const page = await api.http.page(
        { path: '/rest/api/3/users/search', query: { startAt, maxResults: PAGE_SIZE } },
        select(''),
      );
      // A page may be shorter than asked for and not the last one: only an empty one ends the list.
      if (page.count === 0) return;
      yield page;
    }
  },
});
