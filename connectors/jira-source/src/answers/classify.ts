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
import type { Credentials } from '../credentials.ts';
import { wordsIn } from './words.ts';

type AuthType = Credentials['auth_type'];

type Hints = Readonly<Record<AuthType, string>>;

const TOKENS = 'tokens expire after a year at most: id.atlassian.com › Security › API tokens';

/** What to do if the credentials are rejected. */
const RENEW: Hints = {
  api_token: `check credentials.email and credentials.api_token (for a token with scopes, use auth_type scoped_token); ${TOKENS}`,
  scoped_token: `check credentials.email, credentials.api_token (for a token without scopes, use auth_type api_token) and credentials.cloud_id; ${TOKENS}`,
  oauth2:
    'the user who authorized the app no longer has access to this site, or credentials.cloud_id belongs to another site: authorize the app again for this site',
  personal_access_token:
    'check credentials.token; tokens expire: Jira › Profile › Personal access tokens. They are for Data Center; for Jira Cloud, use an API token',
};

const ASK = 'ask a Jira administrator for the permission';

/** What to do if a permission is missing. */
const ALLOW: Hints = {
  api_token: ASK,
  scoped_token: `${ASK}, and check that the token has the scope`,
  oauth2: `${ASK}, and check that the app has the scope`,
  personal_access_token: ASK,
};

const CLOUD_ID = 'check credentials.cloud_id, and that the token belongs to this site';

/** What to do if there is no Jira at the address. */
const FIND: Hints = {
  api_token:
    'base_url is only the site, for example https://acme.atlassian.net; for Data Center, use a personal access token',
  scoped_token: CLOUD_ID,
  oauth2: CLOUD_ID,
  personal_access_token:
    'base_url is the address of Jira in the browser, without /browse, /projects or /secure',
};

/**
 * The scopes that a request needs, by path; the first match counts. Those for `auditing` and `statuses` come from the
 * REST reference, those for Jira Software from third parties. The others are not verified.
 */
const SCOPES: ReadonlyArray<readonly [RegExp, string]> = [
  [/\/dev-status\//, 'no known scope allows it; use an API token without scopes'],
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

/** Statuses of Jira's refusals: something does not exist, is not accessible, or the request is invalid. */
const REFUSALS = [400, 404, 409, 410, 422];

/** The message of Data Center 11 on OpenSearch for a page beyond its limit. */
const SEARCH_LIMIT = /search limit exceeded|search platform's limit/i;

/**
 * Interprets Jira's responses, before the default rules for their status apply. Jira treats a caller with wrong
 * credentials as anonymous: many requests return 200 without records, and only a header shows the failure
 * (docs/vendors/jira-cloud.md, Authentication).
 */
export function classifier(auth: AuthType): (answer: Answer, now: number) => Verdict | undefined {
  return (answer, now) => {
    const { status, headers, request: place } = answer;
    const login = String(headers['x-seraph-loginreason'] ?? '');
    if (status === 401 || /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(login))
      return unauthorized(answer, auth);
    // Everything below is about errors, so a page of records is not searched.
    if (status < 400) return undefined;
    const words = wordsIn(answer);
    const said = words ? `: ${words.errorMessages.join(' ')}` : sentence(answer);
    if (status === 403) {
      const error = new ConfigError(`the account does not have permission for this${said}`, {
        code: 'jira.forbidden',
        place,
        status,
        hint: ALLOW[auth],
        cause: words,
      });
      return { kind: 'fatal', error };
    }
    if (status === 404 && place.endsWith('/myself')) {
      const error = new ConfigError(`there is no Jira at this address${pageIn(answer)}`, {
        code: 'jira.not_found',
        place,
        hint: FIND[auth],
      });
      return { kind: 'fatal', error };
    }
    if (status === 429) {
      // A burst limit concerns one endpoint. A quota concerns the whole credential, until it resets.
      const scope = /quota/.test(String(headers['ratelimit-reason'] ?? '')) ? 'credential' : 'endpoint';
      const verdict = byStatus(answer, now);
      return verdict.kind === 'throttled' ? { ...verdict, scope } : verdict;
    }
    // The search limit also arrives with status 500. A retry would not help.
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
  // The gateway returns 401 both for an invalid token and for a valid one that lacks a scope. This is the second case.
  if (/scope does not match/i.test(sentence(answer))) {
    const scopes = SCOPES.find(([path]) => path.test(place))?.[1];
    const error = new ConfigError(`the token lacks a scope for this: ${scopes}`, {
      code: 'jira.scope_missing',
      place,
      hint: 'create a token that has this scope too; for an OAuth app, add it at developer.atlassian.com › Console › Permissions and authorize the app again',
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

/** Describes an HTML page, which means that something other than Jira answered. Empty if there is none. */
function pageIn({ bytes }: Answer): string {
  const page = webPageOf(bytes);
  return page === undefined ? '' : `: ${page}`;
}

/**
 * The error message in a response with a success status: Jira's own, or that of the gateway in front of it
 * (`{"code":401,"message":"Unauthorized"}`). Undefined if there is none.
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

/** All properties that a gateway's error can have. */
const GATEWAYS = new Set(['code', 'error', 'message', 'path', 'status', 'status-code', 'timestamp']);

/** The key by which a burst limit counts requests: method and path, without ids and keys. */
export function endpointOf({ method = 'GET', path }: ApiRequest): string {
  return `${method} ${path.replace(/\/(\d+|[A-Z][A-Z0-9_]*-\d+)(?=\/|$)/g, '/{id}')}`;
}
