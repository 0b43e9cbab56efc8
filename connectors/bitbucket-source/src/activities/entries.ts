import {
  type OwnedPage,
  type Page,
  type Parent,
  pageOfRecords,
  recordsOf,
  type Select,
  selectOf,
} from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import type { BitbucketApi } from '../api.ts';
import { ACTIVITIES_A_PAGE, feedOf } from '../feed/feed.ts';
import { identified } from '../feed/identity.ts';
import { entriesOf, pullRequestPath } from '../pull-requests/children.ts';
import type { PullRequest } from '../pull-requests/scan.ts';
import type { Repository } from '../site/repository.ts';

type Looked = 'activity_id' | 'date';

interface Asked {
  readonly api: BitbucketApi;
  readonly partition: Repository;
  readonly parents: readonly Parent[];
  readonly select: Select<Looked>;
}

const NOTHING = selectOf({});

/**
 * The activity of pull requests: from the list of the whole repository if that takes fewer requests than one for each
 * pull request.
 */
export async function* activityPages(asked: Asked): AsyncGenerator<OwnedPage<Looked, PullRequest>> {
  const { api, partition, parents, select } = asked;
  const feed = feedOf(api, partition);
  const isThere = await feed.reaches(Math.min(...parents.map(neededSince)), parents.length);
  const own = isThere
    ? async function* ({ key }: Parent): AsyncGenerator<Page<string, Looked>> {
        const records = feed.of(key);
        if (records.length > 0) yield pageOfRecords(records, select(''));
      }
    : ({ key }: Parent) => ownActivity(asked, key);
  yield* entriesOf(asked, own);
}

/** The first entry of a pull request says that it was created. Nothing happens to it before. */
function neededSince({ since, page, row }: Parent): number {
  const created = page.instant(row, 'created_on');
  if (Number.isNaN(created)) return Number.NEGATIVE_INFINITY;
  return Math.max(since ?? created, created);
}

/** The activity that one pull request lists. */
async function* ownActivity(
  { api, partition, select }: Asked,
  id: string,
): AsyncGenerator<Page<string, Looked>> {
  const request = {
    path: pullRequestPath(partition, id, '/activity'),
    query: { pagelen: ACTIVITIES_A_PAGE },
  };
  for await (const page of listPages(api.http, request, NOTHING))
    yield pageOfRecords(
      recordsOf(page).map((record) => identified(record).bytes),
      select(''),
    );
}
