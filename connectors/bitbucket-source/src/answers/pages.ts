import {
  type ApiRequest,
  type HttpClient,
  type Page,
  pagesByNextUrl,
  RetryAnswer,
  type Select,
  Selection,
} from '@headrace/sdk';

/** The usual maximum page size. Pull requests and activities have a smaller one (docs/vendors/bitbucket-cloud.md, Paging). */
const PAGE_LENGTH = 100;

/** What pages of a list are asked for with. */
export type Lister = Pick<HttpClient, 'ask' | 'follow'>;

/**
 * Pages of a list. `values` and `next` are all that Bitbucket guarantees, so a list ends where there is no `next`. If
 * it ends with a full page and tells a larger `size`, that page is asked for again: `size` may be wrong, but it may also
 * be right.
 */
export function listPages<R extends string>(
  http: Lister,
  { query, ...request }: ApiRequest,
  select: Select<R>,
): AsyncGenerator<Page<'next' | 'size', R>> {
  const length = Number(query?.pagelen ?? PAGE_LENGTH);
  return pagesByNextUrl(
    checkingEnds(http, length),
    { ...request, query: { pagelen: length, ...query } },
    select('values', { next: 'next', size: 'size' }),
    'next',
  );
}

const ENDS = new Selection({ records: 'values', fields: { next: 'next', size: 'size' } });
/** An end that is told so often is one. */
const MOST_DOUBTS = 2;

function checkingEnds(http: Lister, length: number): Lister {
  let rows = 0;
  let doubts = 0;
  return {
    ask: (request, read, options) =>
      http.ask(
        request,
        (answer) => {
          const value = read(answer);
          const page = ENDS.scan(answer.bytes);
          const [next, size] = [page.field('next'), page.field('size')];
          const isCut = typeof size === 'number' && rows + page.count < size;
          const isFull = page.count >= length || (rows === 0 && page.count === 0);
          if (typeof next !== 'string' && isCut && isFull && ++doubts <= MOST_DOUBTS)
            throw new RetryAnswer(`the list ends after ${rows + page.count} rows, and its size is ${size}`);
          rows += page.count;
          return value;
        },
        options,
      ),
    follow: (request, reference) => http.follow(request, reference),
  };
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
