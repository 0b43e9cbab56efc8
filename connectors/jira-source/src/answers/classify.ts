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

const TOKENS = 'tokens end after a year: id.atlassian.com › Security › API tokens';

/** Hints for rejected credentials. */
const RENEW: Hints = {
  api_token: `check credentials.email and credentials.api_token (a token with scopes is another auth_type); ${TOKENS}`,
  scoped_token: `check credentials.email, credentials.api_token (a token without scopes is another auth_type) and credentials.cloud_id; ${TOKENS}`,
  oauth2:
    'the user who authorized the app has no access to this site any more, or credentials.cloud_id is of another one: authorize the app again for this site',
  personal_access_token:
    'check credentials.token; tokens end: Jira › Profile › Personal access tokens. They are Data Center’s; for Jira Cloud use an API token',
};

const ASK = 'ask a Jira administrator for the permission';

/** Hints for missing permissions. */
const ALLOW: Hints = {
  api_token: ASK,
  scoped_token: `${ASK}, and look whether the token has the scope for it`,
  oauth2: `${ASK}, and look whether the app has the scope for it`,
  personal_access_token: ASK,
};

const CLOUD_ID = 'check credentials.cloud_id, and that the token is of this site';

/** Hints if no Jira was found at the address. */
const FIND: Hints = {
  api_token:
    'base_url is the site alone, as https://acme.atlassian.net; Data Center takes a personal access token',
  scoped_token: CLOUD_ID,
  oauth2: CLOUD_ID,
  personal_access_token:
    'base_url is the address of Jira in the browser, up to /browse, /projects or /secure',
};

/**
 * The scopes that a request needs, by the vendor's names; the first match counts. Those of `auditing` and `statuses`
 * come from the REST reference, those of Jira Software from third parties; the others are from memory.
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

/** Statuses with which Jira says that something does not exist or is not accessible. */
const REFUSALS = [400, 404, 409, 410, 422];

/** Data Center 11 on OpenSearch, for a page beyond its limit. */
const SEARCH_LIMIT = /search limit exceeded|search platform's limit/i;

/**
 * Interprets Jira's responses before their status is considered. Jira treats wrong credentials like an anonymous
 * caller: many reads then answer 200 without records, and only a header tells (docs/vendors/jira-cloud.md,
 * Authentication).
 */
export function classifier(auth: AuthType): (answer: Answer, now: number) => Verdict | undefined {
  return (answer, now) => {
    const { status, headers, request: place } = answer;
    const login = String(headers['x-seraph-loginreason'] ?? '');
    if (status === 401 || /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(login))
      return unauthorized(answer, auth);
    // The rest concerns refusals. Do not search through a page of records.
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
      // A burst limit concerns one endpoint. A quota concerns the whole credential, until it resets.
      const scope = /quota/.test(String(headers['ratelimit-reason'] ?? '')) ? 'credential' : 'endpoint';
      const verdict = byStatus(answer, now);
      return verdict.kind === 'throttled' ? { ...verdict, scope } : verdict;
    }
    // Jira also sends this with status 500. A retry would not help.
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
  // The gateway's message for a valid token that lacks a scope. The status is the same as for an invalid token.
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

/** Describes an HTML page that arrived instead of Jira's own refusal, which means that something else answered. */
function pageIn({ bytes }: Answer): string {
  const page = webPageOf(bytes);
  return page === undefined ? '' : `: ${page}`;
}

/**
 * The error message of Jira, or of the gateway in front of it (`{"code":401,"message":"Unauthorized"}`), in a
 * response whose status reports success.
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

/** Properties of a gateway's error. */
const GATEWAYS = new Set(['code', 'error', 'message', 'path', 'status', 'status-code', 'timestamp']);

/** The key by which a burst limit counts requests: method and path, without ids and keys. */
export function endpointOf({ method = 'GET', path }: ApiRequest): string {
  return `${method} ${path.replace(/\/(\d+|[A-Z][A-Z0-9_]*-\d+)(?=\/|$)/g, '/{id}')}`;
}
