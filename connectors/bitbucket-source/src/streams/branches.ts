import { defineStream } from '@headrace/sdk';
import type { BitbucketApi } from '../api.ts';
import { refPages } from '../commits/refs.ts';
import { object, repositoryUuid, text } from '../schemas/columns.ts';

/** The branches of the repositories, as they are now. */
export const branches = defineStream<BitbucketApi>()({
  name: 'branches',
  description: 'A branch of a repository, with the commit that it points to.',
  schema: {
    properties: {
      name: { type: 'string' },
      type: text,
      target: { ...object, description: 'the commit' },
      merge_strategies: { type: ['null', 'array'], items: { type: 'string' } },
      default_merge_strategy: text,
      sync_strategies: { type: ['null', 'array'], items: { type: 'string' } },
      links: object,
      repository_uuid: repositoryUuid,
    },
  },
  primaryKey: ['repository_uuid', 'name'],
  partitions: (api, _saved, listing) => api.repositories.all(listing),
  read: ({ api, partition, select }) => refPages(api, 'branches', partition, select),
  context: { repository_uuid: (_page, _row, { key }) => key },
});
