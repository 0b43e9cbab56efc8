import {
  type ApiRequest,
  type HttpClient,
  type Page,
  pagesByNextUrl,
  type Select,
  type Selection,
} from '@headrace/sdk';

/** The usual maximum page size. Pull requests and activities have a smaller one (docs/vendors/bitbucket-cloud.md, Paging). */
const PAGE_LENGTH = 100;

/** What pages of a list are asked for with. */
export type Lister = Pick<HttpClient, 'ask' | 'follow'>;

/** Pages of a list: `values` and `next` are all that Bitbucket guarantees. */
export function listPages<R extends string>(
  http: Lister,
  { query, ...request }: ApiRequest,
  select: Select<R>,
): AsyncGenerator<Page<'next', R>> {
  return pagesByNextUrl(
    http,
    { ...request, query: { pagelen: PAGE_LENGTH, ...query } },
    select('values', { next: 'next' }),
    'next',
  );
}

/** Repeats the query on the next pages, for lists whose `next` lacks it and would show another order. */
export function repeating(http: Lister): Lister {
  return {
    ask: (request, read, options) => http.ask(request, read, options),
    follow: (request, reference) => ({ ...http.follow(request, reference), query: request.query }),
  };
}

/** The pages of what arrives in a single response. */
export async function* onePage<R extends string>(
  http: Pick<HttpClient, 'page'>,
  request: ApiRequest,
  selection: Selection<never, R>,
): AsyncGenerator<Page<never, R>> {
  yield await http.page(request, selection);
}
