import { changedOnly, defineStream, withReadAt } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import type { BitbucketApi } from '../api.ts';
import { integer, object, repositoryUuid, text, time } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';
import { repositoryPath } from '../site/repository.ts';
import { longestWaiting } from '../site/waiting.ts';

/** All deployments. Their list can be neither sorted nor filtered, so it is read whole; what changed is sent. */
export const deployments = defineStream<BitbucketApi>()({
  name: 'deployments',
  description: 'A deployment of a pipeline’s step to an environment. Sent again if it changed.',
  schema: {
    properties: {
      uuid: { type: 'string' },
      type: text,
      key: text,
      number: integer,
      version: integer,
      state: object,
      environment: object,
      release: object,
      deployable: object,
      step: object,
      last_update_time: time,
      links: object,
      created_on: { ...time, description: 'of its release' },
      repository_uuid: repositoryUuid,
    },
  },
  primaryKey: ['uuid'],
  cursorField: 'created_on',
  access: lacks('pipeline'),
  record: { uuid: 'uuid', created: 'release.created_on' },
  partitions: async (api, _saved, listing) =>
    longestWaiting(await api.repositories.all(listing), ['deployments'], api.states),
  cursor: () => withReadAt(changedOnly({ key: 'uuid' })),
  read: ({ api, partition, select }) => {
    const pages = listPages(api.http, { path: repositoryPath(partition, '/deployments/') }, select);
    return api.reach.through(['deployments'], partition, pages);
  },
  context: {
    repository_uuid: (_page, _row, { key }) => key,
    created_on: (page, row) => page.text(row, 'created'),
  },
});
