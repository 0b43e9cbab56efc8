import { defineStream } from '@headrace/sdk';
import { onePage } from '../answers/pages.ts';
import type { BitbucketApi } from '../api.ts';
import { flag, object, text, time } from '../schemas/columns.ts';
import { workspacePath } from '../site/workspaces.ts';

/** The workspaces that are read. */
export const workspaces = defineStream<BitbucketApi>()({
  name: 'workspaces',
  description: 'A workspace that is read.',
  schema: {
    properties: {
      uuid: { type: 'string' },
      slug: text,
      name: text,
      type: text,
      is_private: flag,
      is_privacy_enforced: flag,
      forking_mode: text,
      created_on: time,
      updated_on: time,
      links: object,
    },
  },
  primaryKey: ['uuid'],
  partitions: (api) => api.workspaces(),
  read: ({ api, partition, select }) =>
    onePage(api.http, { path: workspacePath(partition.slug) }, select('.')),
});
