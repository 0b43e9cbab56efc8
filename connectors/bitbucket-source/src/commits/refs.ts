import { gathered, type Page, type Select, selectOf } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import type { BitbucketApi } from '../api.ts';
import { type Repository, repositoryPath } from '../site/repository.ts';

/** Pages of the branches or tags of a repository. An empty repository has none. */
export function refPages<R extends string>(
  { http, reach }: BitbucketApi,
  kind: 'branches' | 'tags',
  repository: Repository,
  select: Select<R>,
): AsyncIterable<Page> {
  const request = { path: repositoryPath(repository, `/refs/${kind}`), query: { sort: 'name' } };
  return reach.through([kind], repository, listPages(http, request, select));
}

const HEAD = selectOf({ hash: 'target.hash' });

/** The hashes that branches and tags point to now, each once. */
export async function headsOf({ http, reach }: BitbucketApi, repository: Repository): Promise<string[]> {
  const pages = listPages(http, { path: repositoryPath(repository, '/refs'), query: { sort: 'name' } }, HEAD);
  return reach.answer(['commits'], repository, async () => {
    const { items, short } = await gathered(hashesIn(pages));
    if (short) throw short;
    return [...new Set(items)];
  });
}

async function* hashesIn(pages: AsyncIterable<Page<string, 'hash'>>): AsyncGenerator<string> {
  // A tag may point to something that is no commit.
  for await (const page of pages)
    for (let row = 0; row < page.count; row++) {
      const hash = page.text(row, 'hash');
      if (hash !== undefined) yield hash;
    }
}
