import { Buffer } from 'node:buffer';
import { defineStream, owed, type References } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { eachReference } from '../references.ts';

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

/** Every account of the site. */
export const allUsers = defineStream<JiraApi>()({
  ...described,
  record: { accountId: 'accountId', key: 'key' },
  access: mayBrowse,
  read: ({ api, select }) => api.userPages(select),
  // Data Center knows people by a key of its own.
  context: { accountId: (page, row) => page.text(row, 'key') },
});

/** The accounts on what was read; alone, where nothing else is read, every account. */
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

/** Which of the two the configuration asks for; a Data Center has the first only. */
export function usersOf({ config, deployment }: JiraApi): typeof allUsers | typeof referencedUsers {
  return config.users === 'all' || deployment === 'data-center' ? allUsers : referencedUsers;
}

/** Whom records name. */
export function userReferences(api: JiraApi): References | undefined {
  if (usersOf(api) !== referencedUsers) return undefined;
  return {
    to: described.name,
    find: (record, found) =>
      eachReference(Buffer.from(record.buffer, record.byteOffset, record.length), found),
  };
}
