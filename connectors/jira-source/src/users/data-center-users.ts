import {
  type HttpClient,
  isHeadraceError,
  type Page,
  pagesByOffset,
  pagesByToken,
  type Select,
  splitByPrefix,
} from '@headrace/sdk';

/** The largest page of accounts. */
export const USERS_A_PAGE = 1000;

/** Characters of user names and e-mail addresses. The dot is missing because it matches everybody. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789_-@+';
/** Long enough for generated names that differ only at the end (`user10001`). */
const LONGEST_PREFIX = 16;

/**
 * Every account of a Data Center. Releases 10.3.12 and 11 and later have a list of all users (JRASERVER-78660). Older
 * ones only have a search, which returns the first 100 or 1,000 matches (JRASERVER-78520). If a search ends at such a
 * number, it is repeated with longer prefixes.
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
/** According to Atlassian, the list never answers 404. So either status means that the release does not have it. */
const NO_SUCH_LIST = [404, 405];

/** The users of `GET /user/list`: everybody, once each, in no documented order. */
function listed(http: HttpClient, path: string, select: Select<string>): AsyncIterable<Page> {
  const selection = select('values', { isLast: 'isLast', next: 'nextCursor' });
  return pagesByToken(http, { path }, selection, {
    token: 'next',
    query: 'cursor',
    isLast: 'isLast',
    size: ['maxResults', USERS_A_PAGE],
  });
}
