import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { cutShort, cycleDetector } from './chain.ts';

/** Where a page names the next one, and where the request does. */
export interface TokenPaging<F extends string> {
  /** The page's field that holds the next page's token; absent, null or empty on the last one. */
  readonly token: F;
  /** The query parameter that sends it; `body` instead: the member of the JSON body. */
  readonly query?: string;
  readonly body?: string;
  /** The page's field that says whether it is the last one, where there is such a field. */
  readonly isLast?: F;
}

/**
 * Pages that name the next one by a token:
 * `pagesByToken(http, { path: '/items' }, select('items', { next: 'next_token' }), { token: 'next', query: 'token' })`.
 * @throws TransientError (`http.cut_short`) where a token comes again, or a page is not the last one and names none
 */
export async function* pagesByToken<F extends string, R extends string>(
  http: Pick<HttpClient, 'page'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  { token, query, body, isLast }: TokenPaging<F>,
): AsyncGenerator<Page<F, R>> {
  if ((query === undefined) === (body === undefined))
    throw new TypeError('a token is sent either in the query or in the body');
  const isRepeated = cycleDetector();
  for (let asked = request; ; ) {
    const page = await http.page(asked, selection);
    const next = tokenOf(page.field(token));
    const last = isLast === undefined ? undefined : page.field(isLast);
    yield page;
    if (last === true || (next === undefined && last !== false)) return;
    if (next === undefined) throw cutShort(request.path, 'a page is not the last one and names no next one');
    if (isRepeated(String(next))) throw cutShort(request.path, 'a page token came a second time');
    asked =
      query === undefined
        ? { ...request, body: { ...(request.body as object), [body!]: next } }
        : { ...request, query: { ...request.query, [query]: next } };
  }
}

function tokenOf(value: unknown): string | number | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? value : undefined;
}
