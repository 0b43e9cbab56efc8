import { isoUtc, type Page, pageOfRecords, recordsOf, type Select, type TimeRange } from '@headrace/sdk';
import { type Lister, listPages } from '../answers/pages.ts';
import { statusOf } from '../answers/words.ts';
import type { BitbucketApi } from '../api.ts';
import { type Repository, repositoryPath } from '../site/repository.ts';

/** More is refused with 400 (docs/vendors/bitbucket-cloud.md, Paging). */
const PULL_REQUESTS_A_PAGE = 50;
/** In `q`, because the parameter `state` is ignored beside it; without it, only open ones are listed. */
const EVERY_STATE = 'state IN ("OPEN", "MERGED", "DECLINED", "SUPERSEDED")';
/** Tries of a sorted list: on a large repository it fails each time. */
const SORTED_TRIES = 3;
/** So many rows of an unsorted list are held to be sorted here. */
const MOST_HELD = 1000;
const MINUTE_MS = 60_000;

/** The values that the list goes by. */
export type Looked = 'id' | 'state' | 'created_on' | 'updated_on' | 'source' | 'diffstat';

/** Repositories whose sorted list failed in this run. */
const unsortable = new WeakSet<Repository>();

/**
 * Pages of the pull requests that were last updated in a range, ordered by that.
 * @param states a condition on their state
 */
export async function* pullRequestPages(
  api: BitbucketApi,
  repository: Repository,
  range: TimeRange,
  select: Select<Looked>,
  states = EVERY_STATE,
): AsyncGenerator<Page> {
  let since = range.since;
  if (!unsortable.has(repository)) {
    try {
      const few: Lister = {
        ask: (request, read) => api.http.ask(request, read, { tries: SORTED_TRIES }),
        follow: (request, reference) => api.http.follow(request, reference),
      };
      for await (const page of listed(few, repository, range, select, states, 'updated_on')) {
        yield page;
        const last = page.count === 0 ? Number.NaN : page.instant(page.count - 1, 'updated_on');
        if (!Number.isNaN(last)) since = Math.floor(last / MINUTE_MS) * MINUTE_MS;
      }
      return;
    } catch (error) {
      // Sorted, the list of a large repository fails with 500. What came before was in order.
      if (statusOf(error) !== 500) throw error;
      unsortable.add(repository);
      api.log.info(`${repository.slug}: Bitbucket cannot sort these pull requests, so they are sorted here`);
    }
  }
  yield* sortedHere(api, repository, { since, until: range.until }, select, states);
}

/** Cuts a range until each part is small enough to be held, and sorts each part. */
async function* sortedHere(
  api: BitbucketApi,
  repository: Repository,
  range: TimeRange,
  select: Select<Looked>,
  states: string,
): AsyncGenerator<Page> {
  const rows: DatedRecord[] = [];
  const middle = middleOf(range, repository, api.http.vendorClock() ?? Date.now());
  for await (const page of listed(api.http, repository, range, select, states)) {
    rows.push(...datedRecords(page));
    const size = page.field('size');
    const isLarge = rows.length > MOST_HELD || (typeof size === 'number' && size > MOST_HELD);
    if (!isLarge || middle === undefined) continue;
    yield* sortedHere(api, repository, { since: range.since, until: middle }, select, states);
    yield* sortedHere(api, repository, { since: middle, until: range.until }, select, states);
    return;
  }
  yield* inOrder(rows, select);
}

/** A record, and when it was last updated: ms since 1970. */
export interface DatedRecord {
  readonly record: Uint8Array;
  readonly time: number;
}

export function datedRecords(page: Page): DatedRecord[] {
  return recordsOf(page).map((record, row) => ({ record, time: page.instant(row, 'updated_on') }));
}

/** Pages of records, ordered by their last update. */
export function* inOrder(records: readonly DatedRecord[], select: Select<Looked>): Generator<Page> {
  const rows = records.toSorted((a, b) => a.time - b.time);
  for (let at = 0; at < rows.length; at += PULL_REQUESTS_A_PAGE) {
    const some = rows.slice(at, at + PULL_REQUESTS_A_PAGE).map(({ record }) => record);
    yield pageOfRecords(some, select(''));
  }
}

/** A minute inside the range; undefined if it cannot be cut. */
function middleOf({ since, until }: TimeRange, { createdOn }: Repository, now: number): number | undefined {
  const low = since ?? Date.parse(createdOn ?? '');
  const high = until ?? now;
  const middle = Math.floor((low + high) / 2 / MINUTE_MS) * MINUTE_MS;
  return middle > low && middle < high ? middle : undefined;
}

function listed(
  http: Lister,
  repository: Repository,
  { since, until }: TimeRange,
  select: Select<Looked>,
  states: string,
  sort?: string,
): AsyncGenerator<Page> {
  const from = since === undefined ? '' : ` AND updated_on >= ${dateOf(since)}`;
  const to = until === undefined ? '' : ` AND updated_on < ${dateOf(until)}`;
  return byQuery(http, repository, `${states}${from}${to}`, select, sort);
}

/** Pull requests by their ids, as the list brings them. What is gone is left out. */
export function pullRequestsById(
  { http }: BitbucketApi,
  repository: Repository,
  ids: readonly string[],
  select: Select<Looked>,
): AsyncGenerator<Page> {
  return byQuery(http, repository, `id IN (${ids.join(', ')}) AND ${EVERY_STATE}`, select);
}

function byQuery(
  http: Lister,
  repository: Repository,
  q: string,
  select: Select<Looked>,
  sort?: string,
): AsyncGenerator<Page> {
  const path = repositoryPath(repository, '/pullrequests');
  return listPages(http, { path, query: { pagelen: PULL_REQUESTS_A_PAGE, q, sort } }, select);
}

/** A date in a query is written without quotes. */
const dateOf = (instant: number): string => isoUtc(instant).replace('Z', '+00:00');
