import { defineScan, type Page, type Parent } from '@headrace/sdk';
import type { BitbucketApi } from '../api.ts';
import { startOf } from '../config.ts';
import type { Repository } from '../site/repository.ts';
import { becameInvisible, isRefusal } from '../site/visible.ts';
import { longestWaiting } from '../site/waiting.ts';
import { latePages } from './late.ts';
import { pullRequestPages, pullRequestsById } from './list.ts';

const RECORD = {
  id: 'id',
  state: 'state',
  updated_on: 'updated_on',
  created_on: 'created_on',
  source: 'source.repository.uuid',
  diffstat: 'links.diffstat.href',
} as const;

export const DAY_MS = 86_400_000;

/** The streams that share the scan. */
const FAMILY = ['pull_requests', 'pr_activities', 'pr_comments', 'pr_commits', 'pr_diffstats'];

/** A pull request, as seen by the streams of its entries. */
export interface PullRequest extends Parent<keyof typeof RECORD> {
  readonly repository: Repository;
}

/** The shared scan over the pull requests of each repository, ordered by their last update. */
export const pullRequestScan = defineScan<BitbucketApi>()({
  name: 'pull_requests',
  record: RECORD,
  key: 'id',
  value: 'updated_on',
  partitions: async (api, listing) => longestWaiting(await api.repositories.all(listing), FAMILY, api.states),
  window: ({ config }) => ({ safetyMinutes: config.safety_window_minutes, start: startOf(config) }),
  read: ({ api, partition, range, streams, select }) =>
    api.reach.through(
      ['pull_requests', ...streams],
      partition,
      pullRequestPages(api, partition, range, select),
    ),
  fetch: ({ api, partition, ids, select }) => shown(partition, pullRequestsById(api, partition, ids, select)),
  late: {
    isOpen: (page, row) => page.text(row, 'state') === 'OPEN',
    read: ({ api, partition, range, since, select }) => latePages(api, partition, range, since, select),
  },
});

/**
 * A list of pull requests is refused only if its repository is. Then nothing is known of a single one.
 * @throws TransientError (`bitbucket.repository_gone`) in place of the refusal
 */
async function* shown(repository: Repository, pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  try {
    yield* pages;
  } catch (error) {
    throw isRefusal(error) ? becameInvisible(repository, error) : error;
  }
}
