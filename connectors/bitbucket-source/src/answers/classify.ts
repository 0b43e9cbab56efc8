import {
  type Answer,
  byStatus,
  ConfigError,
  DataError,
  type HeadraceError,
  sentence,
  type Verdict,
  webPageOf,
} from '@headrace/sdk';
import type { Credentials } from '../credentials.ts';
import { type Words, wordsIn, wordsOf } from './words.ts';

type AuthType = Credentials['auth_type'];

type Hints = Readonly<Record<AuthType, string>>;

/** What to do if the credentials are rejected. */
const RENEW: Hints = {
  api_token:
    'check credentials.email (the e-mail address, not the user name) and credentials.api_token; a token without scopes for Bitbucket is refused too, and tokens expire: id.atlassian.com › Security › API tokens',
  access_token:
    'check credentials.access_token; it may be revoked or expired: settings of the workspace, project or repository › Access tokens',
  oauth2: 'check credentials.client_id and credentials.client_secret: Workspace settings › OAuth consumers',
};

/** What to do if a scope is missing. */
const WIDEN: Hints = {
  api_token: 'create a token that has this scope too: id.atlassian.com › Security › API tokens',
  access_token: 'create an access token that has this scope too',
  oauth2: 'add the scope to the consumer: Workspace settings › OAuth consumers',
};

/** Statuses of refusals: something does not exist, is not visible, or the request is invalid. */
const REFUSALS = [400, 404, 409, 410, 422];

/** The status of a diff that is too large for Bitbucket. A retry would not help. */
export const TOO_LARGE = 555;

/** Paths that answer with a redirect: to where a diff is computed, and to the new name of a repository. */
const REDIRECTED = /\/(diff|diffstat)$|\/2\.0\/repositories\/[^/]+\/[^/]+$/;

/** Interprets Bitbucket's responses, before the default rules for their status apply. */
export function classifier(auth: AuthType): (answer: Answer, now: number) => Verdict | undefined {
  return (answer, now) => {
    const { status, headers, request: place } = answer;
    if (status < 300) return undefined;
    if (status < 400)
      return REDIRECTED.test(place) && typeof headers.location === 'string' ? { kind: 'fine' } : undefined;
    if (status === 429) return throttled(answer, now);
    const words = wordsIn(answer);
    const said = words ? `: ${words.message}` : sentence(answer);
    const details = { place, status, cause: words };
    if (status === 401)
      return fatal(
        new ConfigError(`Bitbucket does not accept these credentials${pageIn(answer) || said}`, {
          code: 'bitbucket.unauthorized',
          hint: RENEW[auth],
          ...details,
        }),
      );
    if (status === 403) return fatal(forbidden(words, said, auth, details));
    if (status === 410 || words?.announcement !== undefined)
      return fatal(
        new DataError(
          `Bitbucket has removed this path${words?.announcement ? `, see ${words.announcement}` : said}`,
          {
            code: 'bitbucket.path_removed',
            ...details,
          },
        ),
      );
    if (status === TOO_LARGE)
      return fatal(
        new DataError(`the diff is too large for Bitbucket${said}`, {
          code: 'bitbucket.too_large',
          ...details,
        }),
      );
    // Without Bitbucket's own words the answer may come from a gateway, or be cut.
    if (words && REFUSALS.includes(status))
      return fatal(
        new DataError(`the server answered ${status}${said}`, { code: `http.${status}`, ...details }),
      );
    return undefined;
  };
}

function forbidden(
  words: Words | undefined,
  said: string,
  auth: AuthType,
  details: { readonly place: string; readonly status: number; readonly cause: Words | undefined },
): HeadraceError {
  if (words && words.required.length > 0)
    return new ConfigError(`the credential lacks a scope for this: ${words.required.join(', ')}`, {
      code: 'bitbucket.scope_missing',
      hint: WIDEN[auth],
      ...details,
    });
  return new ConfigError(`the credential may not read this${said}`, {
    code: 'bitbucket.forbidden',
    hint: 'give the account or token access to it, or leave it out (excluded_repositories)',
    ...details,
  });
}

/** The edge limits bursts on one endpoint and says so; any other 429 means that the hour's budget is used up. */
function throttled(answer: Answer, now: number): Verdict {
  const verdict = byStatus(answer, now);
  if (verdict.kind !== 'throttled') return verdict;
  const isBurst = answer.headers['x-envoy-ratelimited'] === 'true';
  return { ...verdict, scope: isBurst ? 'endpoint' : 'credential' };
}

const fatal = (error: HeadraceError): Verdict => ({ kind: 'fatal', error });

/** Describes an HTML page, which means that something other than the API answered. Empty if there is none. */
function pageIn({ bytes }: Answer): string {
  const page = webPageOf(bytes);
  return page === undefined ? '' : `: ${page}`;
}

/** The error message in a response with a success status. Undefined if there is none. */
export function errorsIn(body: unknown): string | undefined {
  return (body as { type?: unknown } | null)?.type === 'error' ? wordsOf(body)?.message : undefined;
}
