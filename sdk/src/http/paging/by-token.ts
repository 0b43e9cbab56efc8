import { isObject } from '../../protocol/is-object.ts';
import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { type ChainSignals, followChain } from './chain.ts';
import { listName } from './list-name.ts';
import { type Skim, sizedPages } from './sized-page.ts';

/**
 * Where a page contains the next page's token, and where a request sends it. If there is a token, it is followed
 * whatever `isLast` and `total` say: Jira's search calls pages the last that are not (JRACLOUD-95477). Only
 * `hasNext` is believed, because GraphQL has a cursor on every page, including the last.
 */
export interface TokenPaging<F extends string> extends ChainSignals<F> {
  /** The page's field with the next page's token; absent, null or empty on the last page. */
  readonly token: F;
  /**
   * The query parameter for the token. Alternatively `body`: the path of a member in the JSON body, names joined
   * by dots (`variables.after` in a GraphQL query).
   */
  readonly query?: string;
  readonly body?: string;
  /**
   * The parameter for the page size (in the same place as the token) and the size: `['maxResults', 100]`. If set,
   * pages that are too heavy for the server are requested in smaller sizes, along the same chain.
   */
  readonly size?: readonly [string, number];
  /**
   * How to request a record that makes every page with it fail. Requires `size`. By default such a page's error is
   * thrown.
   */
  readonly skim?: Skim;
}

/**
 * Pages that contain a token for the next page:
 * `pagesByToken(http, { path: '/items' }, select('items', { next: 'next_token' }), { token: 'next', query: 'token' })`.
 * @throws TransientError (`http.cut_short`) if a token is repeated, pages never bring anything new, or a page is
 *   not the last but has no token; ShortListError (`list.short`) after the last page if its total is larger than
 *   the number of rows
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
  if (skim && !size) throw new TypeError('`skim` needs pages of a single record: set `size`');
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

/** A JSON object with a member set at a path. Missing objects on the path are created. */
function withMember(object: unknown, [name, ...rest]: readonly string[], value: string | number): object {
  const own = isObject(object) ? object : {};
  return { ...own, [name!]: rest.length === 0 ? value : withMember(own[name!], rest, value) };
}

function tokenOf<F extends string>(page: Page<F>, field: F): string | number | undefined {
  const value = page.field(field);
  // Keep the digits: as a double, a token above 2^53 would become another token.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : page.fieldId(field);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
