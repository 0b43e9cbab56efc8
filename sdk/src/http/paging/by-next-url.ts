import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import { pageOf } from '../read-answer.ts';
import type { ApiRequest } from '../request.ts';
import { type ChainSignals, followChain } from './chain.ts';
import { linkNext } from './link-header.ts';
import { listName } from './list-name.ts';

/**
 * Pages that name the next one by its URL in a field (Bitbucket's `next`):
 * `pagesByNextUrl(http, { path: '/items' }, select('values', { next: 'next' }), 'next')`.
 * A relative URL counts from the page that names it. A URL of another host than the client's is never asked.
 * @param signals fields that say which page is the last and how many rows there are, if there are such fields
 * @throws ConfigError (`http.other_host`) for that one; TransientError (`http.cut_short`) if one comes again or pages
 *   bring nothing new for ever; ShortListError (`list.short`) behind the last page if its total says more than came
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
 * Pages that name the next one in a Link header with `rel="next"` (RFC 8288; GitHub, GitLab):
 * `pagesByLink(http, { path: '/items', query: { per_page: 100 } }, select(''))`. Held to the host as
 * `pagesByNextUrl` is, with the same errors.
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
