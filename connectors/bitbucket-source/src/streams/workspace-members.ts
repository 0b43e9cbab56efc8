import { defineStream } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import type { BitbucketApi } from '../api.ts';
import { object, text } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';
import { workspacePath } from '../site/workspaces.ts';

/** Who belongs to which workspace. Bitbucket shows no e-mail addresses. */
export const workspaceMembers = defineStream<BitbucketApi>()({
  name: 'workspace_members',
  description: 'A person that is a member of a workspace.',
  schema: {
    properties: {
      type: text,
      user: object,
      workspace: object,
      links: object,
      workspace_uuid: {
        type: 'string',
        description: 'of the workspace; its slug, if Bitbucket does not tell it',
      },
      user_uuid: { type: 'string', description: 'of the member' },
    },
  },
  primaryKey: ['workspace_uuid', 'user_uuid'],
  record: { workspace: 'workspace.uuid', user: 'user.uuid' },
  access: lacks('workspace'),
  partitions: (api) => api.workspaces(),
  read: ({ api, partition, select }) =>
    listPages(api.http, { path: workspacePath(partition.slug, '/members') }, select),
  context: {
    workspace_uuid: (page, row, workspace) => page.text(row, 'workspace') ?? workspace.key,
    user_uuid: (page, row) => page.text(row, 'user'),
  },
});
