import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import { pageOf } from '../read-answer.ts';
import type { ApiRequest } from '../request.ts';
import { type ChainSignals, followChain } from './chain.ts';
import { linkNext } from './link-header.ts';
import { listName } from './list-name.ts';

/**
 * Pages that contain the URL of the next page in a field (Bitbucket's `next`):
 * `pagesByNextUrl(http, { path: '/items' }, select('values', { next: 'next' }), 'next')`. A relative URL is
 * resolved against the page that contains it. A URL on another host than the client's is never requested.
 * @param signals fields that say whether a page is the last and how many rows there are, if the vendor has them
 * @throws ConfigError (`http.other_host`) for a URL on another host; TransientError (`http.cut_short`) if a URL is
 *   repeated or pages never bring anything new; ShortListError (`list.short`) after the last page if its total is
 *   larger than the number of rows
 */
export function pagesByNextUrl<F extends string, R extends string>(
  http: Pick<HttpClient, 'ask' | 'follow'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  next: F,
  signals: ChainSignals<F> = {},
): AsyncGenerator<Page<F, R>> {
  return pagesByUrl(http, request, selection, (page) => page.field(next), signals);
}

/**
 * Pages with the next URL in a Link header with `rel="next"` (RFC 8288; GitHub, GitLab):
 * `pagesByLink(http, { path: '/items', query: { per_page: 100 } }, select(''))`. The same rules for hosts and the
 * same errors as `pagesByNextUrl`.
 */
export function pagesByLink<F extends string, R extends string>(
  http: Pick<HttpClient, 'ask' | 'follow'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  signals: ChainSignals<F> = {},
): AsyncGenerator<Page<F, R>> {
  return pagesByUrl(http, request, selection, (_, link) => linkNext(link), signals);
}

function pagesByUrl<F extends string, R extends string>(
  http: Pick<HttpClient, 'ask' | 'follow'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  nextOf: (page: Page<F, R>, link: string | string[] | undefined) => unknown,
  signals: ChainSignals<F>,
): AsyncGenerator<Page<F, R>> {
  return followChain<F, R, ApiRequest>(
    listName(request),
    request,
    async (at) => {
      const [page, next] = await http.ask(at, (answer) => {
        const scan = pageOf(answer, selection);
        return [scan, nextOf(scan, answer.headers.link)] as const;
      });
      const by = 'the URL of a next page';
      if (typeof next !== 'string' || next === '') return { page, by };
      const to = http.follow(at, next);
      return { page, next: { to, name: to.path }, by };
    },
    signals,
  );
}
