import { type OwnedPage, type Page, type Parent, type Select, workAhead } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import { statusOf } from '../answers/words.ts';
import type { BitbucketApi } from '../api.ts';
import { type Repository, repositoryPath } from '../site/repository.ts';
import { confirmVisible } from '../site/visible.ts';
import type { PullRequest } from './scan.ts';

/** Pull requests whose entries are asked for together: each of them costs a request of its own. */
export const AT_ONCE = 50;

/** What the streams of entries are given. */
export interface Asked<E extends string> {
  readonly api: BitbucketApi;
  readonly partition: Repository;
  readonly parents: readonly Parent[];
  readonly select: Select<E>;
}

/** The path below a pull request. */
export const pullRequestPath = (repository: Repository, id: string, below: string): string =>
  repositoryPath(repository, `/pullrequests/${id}${below}`);

/**
 * Entries of pull requests, several pull requests at a time, in their order.
 * @param pagesOf the pages of one pull request's entries
 */
export async function* entriesOf<E extends string>(
  { api, partition, parents }: Omit<Asked<E>, 'select'>,
  pagesOf: (pullRequest: Parent) => AsyncIterable<Page<string, E>>,
): AsyncGenerator<OwnedPage<E, PullRequest>> {
  const gather = (parent: Parent) => Array.fromAsync(pagesOf(parent), (page) => ({ page, parent }));
  for await (const pages of workAhead(parents, api.config.concurrency, gather))
    for (const { page, parent } of pages)
      yield { page, owner: { ...parent, repository: partition } as PullRequest };
}

/** Entries that each pull request lists under a path of its own: `/comments`. */
export function listedEntries<E extends string>(
  asked: Asked<E>,
  below: string,
): AsyncGenerator<OwnedPage<E, PullRequest>> {
  return entriesOf(asked, ({ key }) =>
    listPages(asked.api.http, { path: pullRequestPath(asked.partition, key, below) }, asked.select),
  );
}

/**
 * The pages of a list that not every pull request has: if the fork that it came from is gone, for example. Such answers
 * are final, so they are counted and the list is empty.
 * @param none what is counted, by the status of the answer
 */
export async function* unlessNone<E extends string>(
  stream: string,
  { api, partition }: Pick<Asked<E>, 'api' | 'partition'>,
  { page, row }: Parent,
  none: Readonly<Record<number, string>>,
  pages: AsyncIterable<Page<string, E>>,
): AsyncGenerator<Page<string, E>> {
  let isFirst = true;
  try {
    for await (const one of pages) {
      isFirst = false;
      yield one;
    }
  } catch (error) {
    const what = none[statusOf(error) ?? 0];
    if (!isFirst || what === undefined) throw error;
    // The pull request itself shows that its fork is gone. Any other 404 may mean that the repository is hidden.
    if (statusOf(error) === 404 && page.text(row, 'source') !== undefined)
      await confirmVisible(api.http, partition);
    api.passedOver.add(stream, what);
  }
}

/** Context fields that name the repository and the pull request of an entry. */
export const ofPullRequest = {
  repository_uuid: (_page: Page, _row: number, { repository }: PullRequest) => repository.key,
  pull_request_id: (_page: Page, _row: number, { key }: PullRequest) => Number(key),
};
