import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import { pageOf } from '../read-answer.ts';
import type { ApiRequest } from '../request.ts';
import { cutShort, cycleDetector } from './chain.ts';
import { linkNext } from './link-header.ts';

/**
 * Pages that name the next one by its URL in a field (Bitbucket's `next`):
 * `pagesByNextUrl(http, { path: '/items' }, select('values', { next: 'next' }), 'next')`.
 * A relative URL counts from the page that names it. A URL of another host than the client's is never asked.
 * @throws ConfigError (`http.other_host`) for that one; TransientError (`http.cut_short`) where one comes again
 */
export function pagesByNextUrl<F extends string, R extends string>(
  http: Pick<HttpClient, 'ask' | 'follow'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  next: F,
): AsyncGenerator<Page<F, R>> {
  return pagesByUrl(http, request, selection, (page) => page.field(next));
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
): AsyncGenerator<Page<F, R>> {
  return pagesByUrl(http, request, selection, (_, link) => linkNext(link));
}

async function* pagesByUrl<F extends string, R extends string>(
  http: Pick<HttpClient, 'ask' | 'follow'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  nextOf: (page: Page<F, R>, link: string | string[] | undefined) => unknown,
): AsyncGenerator<Page<F, R>> {
  const isRepeated = cycleDetector();
  for (let asked = request; ; ) {
    const [page, next] = await http.ask(asked, (answer) => {
      const scan = pageOf(answer, selection);
      return [scan, nextOf(scan, answer.headers.link)] as const;
    });
    yield page;
    if (typeof next !== 'string' || next === '') return;
    asked = http.follow(asked, next);
    if (isRepeated(asked.path)) throw cutShort(request.path, 'the URL of a next page came a second time');
  }
}
