import {
  type Answer,
  type ApiRequest,
  byStatus,
  ConfigError,
  DataError,
  sentence,
  type Verdict,
  webPageOf,
} from '@headrace/sdk';
import type { Credentials } from './credentials.ts';
import { wordsIn } from './refusals/words.ts';

type AuthType = Credentials['auth_type'];

type Hints = Readonly<Record<AuthType, string>>;

const TOKENS = 'tokens end after a year: id.atlassian.com › Security › API tokens';

/** What to do where credentials are refused. */
const RENEW: Hints = {
  api_token: `check credentials.email and credentials.api_token (a token with scopes is another auth_type); ${TOKENS}`,
  scoped_token: `check credentials.email, credentials.api_token (a token without scopes is another auth_type) and credentials.cloud_id; ${TOKENS}`,
  oauth2:
    'the user who authorized the app has no access to this site any more, or credentials.cloud_id is of another one: authorize the app again for this site',
  personal_access_token:
    'check credentials.token; tokens end: Jira › Profile › Personal access tokens. They are Data Center’s; for Jira Cloud use an API token',
};

const ASK = 'ask a Jira administrator for the permission';

/** What to do where an account may not do something. */
const ALLOW: Hints = {
  api_token: ASK,
  scoped_token: `${ASK}, and look whether the token has the scope for it`,
  oauth2: `${ASK}, and look whether the app has the scope for it`,
  personal_access_token: ASK,
};

const CLOUD_ID = 'check credentials.cloud_id, and that the token is of this site';

/** What to do where there is no Jira. */
const FIND: Hints = {
  api_token:
    'base_url is the site alone, as https://acme.atlassian.net; Data Center takes a personal access token',
  scoped_token: CLOUD_ID,
  oauth2: CLOUD_ID,
  personal_access_token:
    'base_url is the address of Jira in the browser, up to /browse, /projects or /secure',
};

/**
 * Which scopes a request needs, the first that fits: the vendor's names. Those of `auditing` and `statuses` are read
 * in its REST reference, those of Jira Software told by third parties, the others remembered.
 */
const SCOPES: ReadonlyArray<readonly [RegExp, string]> = [
  [/\/dev-status\//, 'none is known that gives it, an API token without scopes does'],
  [
    /\/(agile|software)\/1\.0\/.*sprint/,
    'read:sprint:jira-software, read:issue-details:jira and read:jql:jira',
  ],
  [
    /\/(agile|software)\/1\.0\//,
    'read:board-scope:jira-software, read:project:jira and read:issue-details:jira',
  ],
  [/\/(auditing|workflows|statuses|priority|resolution|field)\//, 'manage:jira-configuration'],
  [/\/(myself|users?)(\/|$)/, 'read:jira-user'],
  [/^/, 'read:jira-work'],
];

/** Statuses with which Jira says that something is not there or not to be had. */
const REFUSALS = [400, 404, 409, 410, 422];

/** Data Center 11 on OpenSearch, of a page behind its limit. */
const SEARCH_LIMIT = /search limit exceeded|search platform's limit/i;

/**
 * How Jira's answers are to be understood, before their status says it. Wrong credentials are answered as
 * if nobody had signed in: many reads are 200 with nothing in them, told only by a header
 * (jira-cloud.md, Authentication).
 */
export function classifier(auth: AuthType): (answer: Answer, now: number) => Verdict | undefined {
  return (answer, now) => {
    const { status, headers, request: place } = answer;
    const login = String(headers['x-seraph-loginreason'] ?? '');
    if (status === 401 || /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(login))
      return unauthorized(answer, auth);
    // What follows is of refusals: a page of records is not looked into.
    if (status < 400) return undefined;
    const words = wordsIn(answer);
    const said = words ? `: ${words.errorMessages.join(' ')}` : sentence(answer);
    if (status === 403) {
      const error = new ConfigError(`the account may not do this${said}`, {
        code: 'jira.forbidden',
        place,
        status,
        hint: ALLOW[auth],
        cause: words,
      });
      return { kind: 'fatal', error };
    }
    if (status === 404 && place.endsWith('/myself')) {
      const error = new ConfigError(`there is no Jira here${pageIn(answer)}`, {
        code: 'jira.not_found',
        place,
        hint: FIND[auth],
      });
      return { kind: 'fatal', error };
    }
    if (status === 429) {
      // A burst slows its endpoint; a quota is the whole credential's, until its reset.
      const scope = /quota/.test(String(headers['ratelimit-reason'] ?? '')) ? 'credential' : 'endpoint';
      const verdict = byStatus(answer, now);
      return verdict.kind === 'throttled' ? { ...verdict, scope } : verdict;
    }
    // With 500 too: asking again changes nothing.
    if (words && (REFUSALS.includes(status) || SEARCH_LIMIT.test(said))) {
      const error = new DataError(`the server answered ${status}${said}`, {
        code: `http.${status}`,
        place,
        status,
        cause: words,
      });
      return { kind: 'fatal', error };
    }
    return undefined;
  };
}

function unauthorized(answer: Answer, auth: AuthType): Verdict {
  const { request: place } = answer;
  // The gateway's words for a token that is good and lacks a scope; the status is that of a wrong one.
  if (/scope does not match/i.test(sentence(answer))) {
    const scopes = SCOPES.find(([path]) => path.test(place))?.[1];
    const error = new ConfigError(`the token lacks a scope for this: ${scopes}`, {
      code: 'jira.scope_missing',
      place,
      hint: 'make a token with this scope too; an OAuth app gets it at developer.atlassian.com › Console › Permissions and is authorized again',
    });
    return { kind: 'fatal', error, isRefusal: false };
  }
  const error = new ConfigError(`Jira does not accept these credentials${pageIn(answer)}`, {
    code: 'jira.unauthorized',
    place,
    hint: RENEW[auth],
  });
  return { kind: 'fatal', error, isRefusal: true };
}

/** A page for people in place of Jira's own refusal: something else answers for it. */
function pageIn({ bytes }: Answer): string {
  const page = webPageOf(bytes);
  return page === undefined ? '' : `: ${page}`;
}

/**
 * Jira's words, or those of the gateway before it (`{"code":401,"message":"Unauthorized"}`), if they come with a
 * status that says that all is well.
 */
export function errorsIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { errorMessages, errors, message } = body as Readonly<Record<string, unknown>>;
  if (Array.isArray(errorMessages)) {
    const words = [...errorMessages, ...Object.values(errors ?? {})];
    return words.length > 0 ? words.join(' ') : undefined;
  }
  const isGateways = typeof message === 'string' && Object.keys(body).every((key) => GATEWAYS.has(key));
  return isGateways ? message : undefined;
}

/** Members of a gateway's error. */
const GATEWAYS = new Set(['code', 'error', 'message', 'path', 'status', 'status-code', 'timestamp']);

/** What a burst limit counts together: method and path, ids and keys aside. */
export function endpointOf({ method = 'GET', path }: ApiRequest): string {
  return `${method} ${path.replace(/\/(\d+|[A-Z][A-Z0-9_]*-\d+)(?=\/|$)/g, '/{id}')}`;
}
