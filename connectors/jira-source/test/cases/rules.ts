import { type Answered, altered, type Json, type Rule, refused } from './proxy.ts';

/**
 * Ways in which Jira, or what stands before it, has been reported to answer. Each is a rule for `startProxy`; one
 * that counts or remembers is made anew for each test.
 */

const SEARCH = /\/search(\/jql)?$/;
const SEARCH_OR_BULK = /\/search(\/jql)?$|\/issue\/bulkfetch$/;

/** Whether an answer has issues with their fields; ids alone are left alone. */
const isFull = ({ issues }: Json): boolean => issues?.[0]?.fields?.summary !== undefined;

/** Every page holds `most` rows, whatever is asked for, and says so. */
export function capped(
  most: number,
  paths = /search|board|sprint|comment|label|version|component|user/,
): Rule {
  return ({ path, query, body }, next) => {
    if (!paths.test(path)) return undefined;
    if (query.has('maxResults')) {
      query.set('maxResults', String(Math.min(most, Number(query.get('maxResults')))));
      return next({ query });
    }
    if (body?.maxResults === undefined) return undefined;
    return next({ body: { ...body, maxResults: Math.min(most, Number(body.maxResults)) } });
  };
}

/** `isLast: true` on pages that are not the last; the token and the total that say so stay. */
export function falselyLast(paths: RegExp, most = Number.POSITIVE_INFINITY): Rule {
  const cap = capped(most, paths);
  return async (asked, next) => {
    if (!paths.test(asked.path)) return undefined;
    const answer = (await cap(asked, next)) ?? (await next());
    return altered(answer, (json) => {
      json.isLast = true;
    });
  };
}

/** `isLast: false` on every page, the empty ones behind the end too. */
export function neverLast(paths: RegExp, total: 'told' | 'untold'): Rule {
  return async ({ path }, next) => {
    if (!paths.test(path)) return undefined;
    return altered(await next(), (json) => {
      json.isLast = false;
      if (total === 'untold') delete json.total;
    });
  };
}

/** Searches and lists of ids end after their first page, by their own words; only the count knows better. */
export function endedEarly(most: number): Rule {
  return async ({ path, body }, next) => {
    if (!path.endsWith('/search/jql')) return undefined;
    const answer = await next({
      body: { ...body, maxResults: Math.min(most, Number(body?.maxResults ?? 50)) },
    });
    return altered(answer, (json) => {
      delete json.nextPageToken;
      json.isLast = true;
    });
  };
}

/** No row of a search behind the `limit`-th can be asked for (Data Center 11 on OpenSearch). */
export function searchWindow(limit: number, status: 200 | 400 | 500): Rule {
  return ({ path, query }) => {
    if (!path.endsWith('/search')) return undefined;
    const startAt = Number(query.get('startAt') ?? 0);
    const end = startAt + Number(query.get('maxResults') ?? 50);
    if (end <= limit) return undefined;
    if (status === 200)
      return { status, text: JSON.stringify({ startAt, maxResults: 100, total: 200, issues: [] }) };
    return refused(
      status,
      `Search limit exceeded. The search requests ${end} results, the search platform's limit is ${limit}.`,
    );
  };
}

/** A user search shows so many of the people whom a query finds, and then nobody (Data Center). */
export function userWindow(most: number): Rule {
  return ({ path, query }, next) => {
    if (!path.endsWith('/user/search')) return undefined;
    const startAt = Number(query.get('startAt') ?? 0);
    const size = Math.min(Number(query.get('maxResults') ?? 50), most - startAt);
    if (size <= 0) return { status: 200, text: '[]' };
    query.set('maxResults', String(size));
    return next({ query });
  };
}

/** What Jira refuses, in German. */
const GERMAN: ReadonlyArray<readonly [RegExp, string]> = [
  [/does not support sprints/, 'Das Board unterstützt keine Sprints'],
  [
    /requested board cannot be viewed/,
    'Das angeforderte Board kann nicht angezeigt werden, da es nicht existiert oder Sie keine Berechtigung dafür haben.',
  ],
  [/no columns with a mapped status/, 'Dieses Board hat keine Spalten mit einem zugeordneten Status.'],
  [/Issue does not exist/i, 'Der Vorgang existiert nicht oder Sie haben keine Berechtigung, ihn anzuzeigen.'],
  [/requested sprint cannot/, 'Der angeforderte Sprint kann nicht angezeigt werden.'],
  [/Issue linking is currently disabled/, 'Die Verknüpfung von Vorgängen ist derzeit deaktiviert.'],
  [/No project could be found/, 'Es wurde kein Projekt gefunden.'],
];

/**
 * Refusals come in the account's language.
 * @param isForced whether the site heeds `X-Force-Accept-Language`: Cloud does, Data Center does not
 */
export function german(isForced: boolean): Rule {
  return async ({ headers }, next) => {
    const answer = await next();
    const isEnglish =
      isForced &&
      headers['x-force-accept-language'] === 'true' &&
      String(headers['accept-language']).startsWith('en');
    if (answer.status < 400 || isEnglish) return answer;
    const said = GERMAN.find(([english]) => english.test(answer.text));
    return said ? refused(answer.status, said[1]) : answer;
  };
}

/** Refuses these paths in these words. */
export function refuses(paths: RegExp, status: number, words: string): Rule {
  return ({ path }) => (paths.test(path) ? refused(status, words) : undefined);
}

/** A search leaves out an issue that its list of ids has; asked for by itself it is refused in these words. */
export function listedAndGone(status: number, words: string): Rule {
  let id: string | undefined;
  return async ({ path }, next) => {
    if (id !== undefined && path.endsWith(`/issue/${id}`)) return refused(status, words);
    if (!SEARCH.test(path)) return undefined;
    return altered(await next(), (json) => {
      id ??= json.issues?.[3]?.id;
      if (isFull(json)) json.issues = json.issues.filter((issue: Json) => issue.id !== id);
    });
  };
}

/** Boards belong to no project that they say, each in another way. */
export const boardsWithoutLocation: Rule = async ({ path }, next) => {
  if (!path.endsWith('/board')) return undefined;
  return altered(await next(), ({ values }) => {
    for (const [k, board] of values.entries()) {
      if (k % 3 === 0) delete board.location;
      else board.location = k % 3 === 1 ? null : { userId: 5, displayName: 'A person', name: 'A person' };
    }
  });
};

/** Some of the issues of each answer have members of their fields as null, or not at all. */
export function withoutFields(names: readonly string[], as: 'null' | 'absent', many = 5): Rule {
  return eachIssue((issue) => {
    for (const name of names) lose(issue.fields, name, as);
  }, many);
}

/** The same of their changelog (Data Center), or of its total. */
export function withoutChangelog(as: 'null' | 'absent' | 'no total', many = 3): Rule {
  return eachIssue((issue) => {
    if (!issue.changelog) return;
    if (as === 'no total') delete issue.changelog.total;
    else lose(issue, 'changelog', as);
  }, many);
}

/** One issue comes without `updated`, or with null, wherever it comes. */
export function withoutUpdated(nth: number, as: 'null' | 'absent'): Rule {
  let id: string | undefined;
  return async ({ path }, next) => {
    if (!SEARCH_OR_BULK.test(path)) return undefined;
    return altered(await next(), (json) => {
      if (!isFull(json)) return;
      id ??= json.issues[nth]?.id;
      const issue = json.issues.find((one: Json) => one.id === id);
      if (issue) lose(issue.fields, 'updated', as);
    });
  };
}

/** Nobody is named as author or reporter, as of anonymous changes and comments. */
export const anonymousAuthors: Rule = async ({ path }, next) => {
  if (!/\/search(\/jql)?$|bulkfetch$|worklog\/list$|\/comment$/.test(path)) return undefined;
  return altered(await next(), stripAuthors);
};

function stripAuthors(json: Json): void {
  if (typeof json !== 'object' || json === null) return;
  delete json.author;
  delete json.updateAuthor;
  if (json.reporter) json.reporter = null;
  for (const member of Object.values(json)) stripAuthors(member);
}

/** One issue cannot be rendered: every answer that has it with its fields is a 500. */
export function poisoned(nth: number): Rule & { id?: string } {
  const rule: Rule & { id?: string } = async ({ path }, next) => {
    if (!SEARCH_OR_BULK.test(path) && !/\/issue\/\d+$/.test(path)) return undefined;
    const answer = await next();
    if (answer.status !== 200) return answer;
    const json = JSON.parse(answer.text) as Json;
    const issues: Json[] = json.issues ?? [json];
    if (!isFull({ issues })) return answer;
    rule.id ??= issues[nth]?.id;
    return issues.some(({ id }) => id === rule.id) ? refused(500, 'Internal server error') : answer;
  };
  return rule;
}

/** A gateway gives up on pages of more than `most` issues with all their fields. */
export function tooHeavy(most: number): Rule {
  return async ({ path }, next) => {
    if (!SEARCH.test(path)) return undefined;
    const answer = await next();
    if (answer.status !== 200) return answer;
    const json = JSON.parse(answer.text) as Json;
    return isFull(json) && json.issues.length > most ? page(504, '504 Gateway Time-out') : answer;
  };
}

/** A gateway's sign-on page instead of an answer, from the `after`-th matching request on. */
export function signOnPage(after = 0, paths = /./, times = Number.POSITIVE_INFINITY): Rule {
  let seen = 0;
  return ({ path }) => {
    if (!paths.test(path) || seen++ < after || seen > after + times) return undefined;
    return page(200, 'Sign in - Example SSO');
  };
}

/** Every request is sent on to another host. */
export const elsewhere: Rule = ({ path }) => ({
  status: 302,
  headers: { location: `https://acme-new.atlassian.net${path}` },
  text: '',
});

/** One request of many is refused although nothing is wrong; the same again is fine. */
export function flaky(status: number, { nth = 3, paths = /search|changelog/, times = 1 } = {}): Rule {
  let seen = 0;
  let done = 0;
  return ({ path }) => {
    if (!paths.test(path) || ++seen % nth !== 0 || done >= times) return undefined;
    done++;
    const message = status === 401 ? 'Client must be authenticated to access this resource.' : 'Forbidden';
    return { status, text: JSON.stringify({ message, 'status-code': status }) };
  };
}

/** A search is asked too often `times` times, and may come again at once: `Retry-After: 0`. */
export function retryAtOnce(times: number): Rule {
  let done = 0;
  return ({ path }) => {
    if (!SEARCH.test(path) || done >= times) return undefined;
    done++;
    return {
      status: 429,
      headers: {
        'retry-after': '0',
        'x-ratelimit-limit': '10',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-interval-seconds': '1',
        'x-ratelimit-fillrate': '5',
      },
      text: '{"message":"Rate limit exceeded."}',
    };
  };
}

/** The authorization server does not rotate the refresh token. */
export const keptRefreshToken: Rule = async ({ path }, next) => {
  if (!path.endsWith('/oauth/token')) return undefined;
  return altered(await next(), (json) => {
    delete json.refresh_token;
  });
};

/** Jira stands below a path; elsewhere is another application. */
export function below(prefix: string): Rule {
  return ({ path }, next) =>
    path.startsWith(`${prefix}/`) ? next({ path: path.slice(prefix.length) }) : page(404, 'Not here');
}

function eachIssue(change: (issue: Json) => void, many: number): Rule {
  return async ({ path }, next) => {
    if (!SEARCH_OR_BULK.test(path)) return undefined;
    return altered(await next(), (json) => {
      if (json.issues?.[0]?.fields?.created !== undefined) json.issues.slice(0, many).forEach(change);
    });
  };
}

function lose(object: Json, name: string, as: 'null' | 'absent'): void {
  if (as === 'null') object[name] = null;
  else delete object[name];
}

function page(status: number, title: string): Answered {
  const text = `\n<!DOCTYPE html>\n<html lang="en"><head><title>${title}</title></head><body></body></html>`;
  return { status, type: 'text/html;charset=UTF-8', text };
}
