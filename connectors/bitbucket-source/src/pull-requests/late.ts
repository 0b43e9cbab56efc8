import type { Page, Select, TimeRange } from '@headrace/sdk';
import type { BitbucketApi } from '../api.ts';
import { feedOf } from '../feed/feed.ts';
import type { Repository } from '../site/repository.ts';
import {
  type DatedRecord,
  datedRecords,
  inOrder,
  type Looked,
  pullRequestPages,
  pullRequestsById,
} from './list.ts';

/** Requests that the activity of a repository may cost, before all open pull requests are asked instead. */
const MOST_PAGES = 10;
/** Pull requests per request. */
const AT_ONCE = 50;

/**
 * Pages of pull requests that were last updated in a range, and got a comment or an approval after an instant: neither
 * need move `updated_on`. The activity of the repository names them. If it does not reach that far, all open ones are
 * listed: something may have happened to any of them.
 * @param since ms since 1970
 */
export async function* latePages(
  api: BitbucketApi,
  repository: Repository,
  range: TimeRange,
  since: number,
  select: Select<Looked>,
): AsyncGenerator<Page> {
  const feed = feedOf(api, repository);
  if (!(await feed.reaches(since, MOST_PAGES))) {
    yield* pullRequestPages(api, repository, range, select, 'state = "OPEN"');
    return;
  }
  const ids = feed.activeSince(since);
  const found: DatedRecord[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE)
    for await (const page of pullRequestsById(api, repository, ids.slice(at, at + AT_ONCE), select))
      found.push(...datedRecords(page));
  const isInRange = ({ time }: DatedRecord): boolean =>
    time >= (range.since ?? Number.NEGATIVE_INFINITY) && time < (range.until ?? Number.POSITIVE_INFINITY);
  yield* inOrder(found.filter(isInRange), select);
}
