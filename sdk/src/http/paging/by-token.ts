import { isObject } from '../../protocol/is-object.ts';
import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { type ChainSignals, followChain } from './chain.ts';
import { listName } from './list-name.ts';
import { type Skim, sizedPages } from './sized-page.ts';

/**
 * Where a page names the next one, and where the request does. A page with a token is followed, whatever `isLast` and
 * `total` say: Jira's search calls pages the last that are not (JRACLOUD-95477). Only `hasNext` is believed: GraphQL
 * names a cursor on every page, the last one too.
 */
export interface TokenPaging<F extends string> extends ChainSignals<F> {
  /** The page's field that holds the next page's token; absent, null or empty on the last one. */
  readonly token: F;
  /**
   * The query parameter that sends it; `body` instead: the path of its member in the JSON body, names joined by dots
   * (`variables.after` of a GraphQL query).
   */
  readonly query?: string;
  readonly body?: string;
  /**
   * The parameter of the page size, which goes where the token goes, and the size: `['maxResults', 100]`. Then pages
   * that are too heavy for the server are asked for in smaller sizes, along the same chain.
   */
  readonly size?: readonly [string, number];
  /** How a record is asked for that makes each page fail that holds it; needs `size`. → such a page's error is thrown */
  readonly skim?: Skim;
}

/**
 * Pages that name the next one by a token:
 * `pagesByToken(http, { path: '/items' }, select('items', { next: 'next_token' }), { token: 'next', query: 'token' })`.
 * @throws TransientError (`http.cut_short`) if a token comes again, pages bring nothing new for ever, or a page is not
 *   the last one and names none; ShortListError (`list.short`) behind the last page if its total says more than came
 */
export function pagesByToken<F extends string, R extends string>(
  http: Pick<HttpClient, 'page'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  paging: TokenPaging<F>,
): AsyncGenerator<Page<F, R>> {
  const { query, body, size, skim } = paging;
  if ((query === undefined) === (body === undefined))
    throw new TypeError('a token is sent either in the query or in the body');
  if (skim && !size)
    throw new TypeError('a record is skimmed in a page of one: name the parameter of the size');
  const withOne = (to: ApiRequest, name: string, value: string | number): ApiRequest =>
    query === undefined
      ? { ...to, body: withMember(to.body, name.split('.'), value) }
      : { ...to, query: { ...to.query, [name]: value } };
  const ask = size && sizedPages(http, request, selection, size[1], skim);

  return followChain<F, R, ApiRequest>(
    listName(request),
    request,
    async (at) => {
      const { page } = ask
        ? await ask((rows) => withOne(at, size![0], rows))
        : { page: await http.page(at, selection) };
      const isEnd = paging.hasNext !== undefined && page.field(paging.hasNext) === false;
      const token = isEnd ? undefined : tokenOf(page, paging.token);
      const by = 'a page token';
      if (token === undefined) return { page, by };
      const to = withOne(request, (query ?? body)!, token);
      return { page, next: { to, name: String(token) }, by };
    },
    paging,
  );
}

/** A JSON object with a member set, at a path; objects on the way are made if they are missing. */
function withMember(object: unknown, [name, ...rest]: readonly string[], value: string | number): object {
  const own = isObject(object) ? object : {};
  return { ...own, [name!]: rest.length === 0 ? value : withMember(own[name!], rest, value) };
}

function tokenOf<F extends string>(page: Page<F>, field: F): string | number | undefined {
  const value = page.field(field);
  // By its digits: a double makes another token of one above 2^53.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : page.fieldId(field);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
