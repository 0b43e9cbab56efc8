import { Buffer } from 'node:buffer';
import { defineStream, owed, type References } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { eachReference } from '../users/references.ts';

const described = {
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
} as const;

const mayBrowse = async (api: JiraApi): Promise<string | undefined> =>
  (await api.lacks('USER_PICKER')) ? 'Browse users and groups' : undefined;

/** All accounts of the site. */
export const allUsers = defineStream<JiraApi>()({
  ...described,
  record: { accountId: 'accountId', key: 'key' },
  access: mayBrowse,
  read: ({ api, select }) => api.userPages(select),
  // Data Center has its own key for users.
  context: { accountId: (page, row) => page.text(row, 'key') },
});

/** The accounts that other records refer to. If no other stream is read, all accounts. */
export const referencedUsers = defineStream<JiraApi>()({
  ...described,
  cursorField: 'accountId',
  follows: 'all',
  cursor: () => owed({ key: 'accountId' }),
  record: { accountId: 'accountId' },
  access: async (api) => (api.isUsersAlone ? mayBrowse(api) : undefined),
  read: ({ api, from, select }) =>
    api.isUsersAlone ? api.userPages(select) : api.accounts.pages(from.ids, select),
});

/** The variant that the configuration asks for. Data Center has only the first one. */
export function usersOf({ config, deployment }: JiraApi): typeof allUsers | typeof referencedUsers {
  return config.users === 'all' || deployment === 'data-center' ? allUsers : referencedUsers;
}

/** The accounts that records refer to. */
export function userReferences(api: JiraApi): References | undefined {
  if (usersOf(api) !== referencedUsers) return undefined;
  return {
    to: described.name,
    find: (record, found) =>
      eachReference(Buffer.from(record.buffer, record.byteOffset, record.length), found),
  };
}
