import { defineStream } from '@headrace/sdk';
import type { BitbucketApi } from '../api.ts';
import { refPages } from '../commits/refs.ts';
import { object, repositoryUuid, text, time } from '../schemas/columns.ts';

/** The tags of the repositories, as they are now. */
export const tags = defineStream<BitbucketApi>()({
  name: 'tags',
  description: 'A tag of a repository, with the commit that it points to.',
  schema: {
    properties: {
      name: { type: 'string' },
      type: text,
      target: { ...object, description: 'the commit' },
      message: text,
      date: { ...time, description: 'of an annotated tag; target.date is the commit’s' },
      tagger: object,
      links: object,
      repository_uuid: repositoryUuid,
    },
  },
  primaryKey: ['repository_uuid', 'name'],
  partitions: (api, _saved, listing) => api.repositories.all(listing),
  read: ({ api, partition, select }) => refPages(api, 'tags', partition, select),
  context: { repository_uuid: (_page, _row, { key }) => key },
});
