import { Buffer } from 'node:buffer';
import { defineStream, owed, type References } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { eachReference } from '../users/references.ts';

const described = {
  name: 'users',
  description: 'An account of the site: a person or an app, active or not.',
  schema: {
    properties: {
      accountId: { type: 'string', description: 'Data Center: the key' },
      key: { type: ['null', 'string'], description: 'Data Center' },
      name: { type: ['null', 'string'], description: 'Data Center: the login name' },
      accountType: { type: ['null', 'string'] },
      displayName: { type: ['null', 'string'] },
      emailAddress: {
        type: ['null', 'string'],
        description: 'only if the account’s privacy settings allow it',
      },
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
  // On Data Center, a user has a key instead of an account id.
  context: { accountId: (page, row) => page.text(row, 'key') },
});

/** The accounts that other records refer to, or all accounts if no other stream is read. */
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

/** The configured variant. On Data Center, always all accounts. */
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
