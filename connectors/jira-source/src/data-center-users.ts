import {
  type HttpClient,
  isHeadraceError,
  type Page,
  pagesByOffset,
  pagesByToken,
  type Select,
  splitByPrefix,
} from '@headrace/sdk';
import { USERS_A_PAGE } from './deployment.ts';

/** What names of users and e-mail addresses begin with and go on with; a dot alone finds everybody. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789_-@+';
/** Names of one pattern (`user10001`) differ late. */
const LONGEST_PREFIX = 16;

/**
 * Every account of a Data Center. It has a list of them from 10.3.12 and 11 on (JRASERVER-78660); before that only a
 * search, which shows the first 100 or 1,000 that it finds (JRASERVER-78520): one that ends at such a number is asked
 * again by what names begin with.
 * @param below makes a path of the REST API
 */
export async function* dataCenterUsers(
  http: HttpClient,
  below: (path: string) => string,
  select: Select<string>,
): AsyncGenerator<Page> {
  let isThere = false;
  try {
    for await (const page of listed(http, below('/user/list'), select)) {
      isThere = true;
      yield page;
    }
    return;
  } catch (error) {
    if (isThere || !isHeadraceError(error) || !NO_SUCH_LIST.includes(error.status ?? 0)) throw error;
  }
  yield* pagesByOffset(
    http,
    { path: below('/user/search'), query: { username: ALL, includeInactive: true } },
    select(''),
    {
      key: ['key'],
      offset: 'startAt',
      size: ['maxResults', USERS_A_PAGE],
      split: splitByPrefix({ query: 'username', all: ALL, alphabet: ALPHABET, most: LONGEST_PREFIX }),
    },
  );
}

const ALL = '.';
/** A list that is there never answers 404, says Atlassian. */
const NO_SUCH_LIST = [404, 405];

/** Users as `GET /user/list` has them: everybody, each once, in no order that is told. */
function listed(http: HttpClient, path: string, select: Select<string>): AsyncIterable<Page> {
  const selection = select('values', { isLast: 'isLast', next: 'nextCursor' });
  return pagesByToken(http, { path }, selection, {
    token: 'next',
    query: 'cursor',
    isLast: 'isLast',
    size: ['maxResults', USERS_A_PAGE],
  });
}
