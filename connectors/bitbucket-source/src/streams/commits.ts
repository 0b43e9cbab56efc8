import { defineStream, heads, whenMoved } from '@headrace/sdk';
import type { BitbucketApi } from '../api.ts';
import { headsOf } from '../commits/refs.ts';
import { commitPages } from '../commits/walk.ts';
import { object, objects, repositoryUuid, text, time } from '../schemas/columns.ts';
import type { Repository } from '../site/repository.ts';

/** All commits that a branch or tag reaches. */
export const commits = defineStream<BitbucketApi>()({
  name: 'commits',
  description:
    'A commit that a branch or tag of the repository reaches. Forks share commits: each has its own record.',
  schema: {
    properties: {
      hash: { type: 'string' },
      type: text,
      date: { ...time, description: 'by the author’s clock' },
      message: text,
      author: object,
      committer: object,
      summary: object,
      rendered: object,
      parents: objects,
      repository: object,
      properties: object,
      links: object,
      repository_uuid: repositoryUuid,
    },
  },
  primaryKey: ['repository_uuid', 'hash'],
  cursorField: 'date',
  record: { hash: 'hash', parents: 'parents' },
  partitions: (api, _saved, listing) => api.repositories.all(listing),
  cursor: (api, repository: Repository) =>
    whenMoved(
      { changed: repository.updatedOn, safetyMinutes: api.config.safety_window_minutes },
      heads({
        hash: 'hash',
        parents: (page, row) => hashesIn(page.value(row, 'parents')),
        current: () => headsOf(api, repository),
      }),
    ),
  read: ({ api, partition, from, select }) => commitPages(api, partition, from, select),
  context: { repository_uuid: (_page, _row, { key }) => key },
});

function hashesIn(parents: unknown): string[] {
  if (!Array.isArray(parents)) return [];
  return parents.flatMap(({ hash }: { hash?: unknown }) => (typeof hash === 'string' ? [hash] : []));
}
