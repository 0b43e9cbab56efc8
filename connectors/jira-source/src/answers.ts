import { type Answer, type ApiRequest, byStatus, ConfigError, sentence, type Verdict } from '@headrace/sdk';
import type { Credentials } from './credentials.ts';

type AuthType = Credentials['auth_type'];

/** What to do where credentials are refused. */
const RENEW: Readonly<Record<AuthType, string>> = {
  api_token:
    'check credentials.email and credentials.api_token; tokens end after a year: id.atlassian.com › Security › API tokens',
  scoped_token:
    'check credentials.email and credentials.api_token; tokens end after a year: id.atlassian.com › Security › API tokens',
  oauth2: 'the user who authorized the app must still have access to this site: authorize it again',
  personal_access_token:
    'check credentials.token; tokens end: Jira › Profile › Personal access tokens. For Jira Cloud use an API token',
};

/** What to do where an account may not do something. */
const ALLOW: Readonly<Record<AuthType, string>> = {
  api_token: 'ask a Jira administrator for the permission',
  scoped_token:
    'ask a Jira administrator for the permission, and look whether the token has the scope for it',
  oauth2: 'ask a Jira administrator for the permission, and look whether the app has the scope for it',
  personal_access_token: 'ask a Jira administrator for the permission',
};

/**
 * How Jira's answers are to be understood, before their status says it. Wrong credentials are answered as
 * if nobody had signed in: many reads are 200 with nothing in them, told only by a header
 * (jira-cloud.md, Authentication).
 */
export function classifier(auth: AuthType): (answer: Answer, now: number) => Verdict | undefined {
  return (answer, now) => {
    const { status, headers, request: place } = answer;
    const login = String(headers['x-seraph-loginreason'] ?? '');
    // The gateway's words for a token that is good and lacks a scope; its status is that of a wrong one.
    if (status === 401 && /scope does not match/i.test(sentence(answer))) {
      const hint =
        'give the token the scopes that the README names for the stream; a new token may be needed';
      return fatal('the token lacks a scope for this', { code: 'jira.scope_missing', place, hint });
    }
    if (status === 401 || /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(login)) {
      const message = 'Jira does not accept these credentials';
      return fatal(message, { code: 'jira.unauthorized', place, hint: RENEW[auth] });
    }
    if (status === 403) {
      const message = `the account may not do this${sentence(answer)}`;
      return fatal(message, { code: 'jira.forbidden', place, hint: ALLOW[auth] });
    }
    if (status === 404 && place.endsWith('/myself')) {
      const hint =
        auth === 'scoped_token' || auth === 'oauth2'
          ? 'check credentials.cloud_id, and that the token is of this site'
          : 'base_url must be the address of Jira: the one in the browser up to /browse or /jira';
      return fatal('there is no Jira here', { code: 'jira.not_found', place, hint });
    }
    if (status === 429) {
      // A burst slows its endpoint; a quota is the whole credential's, until its reset.
      const scope = /quota/.test(String(headers['ratelimit-reason'] ?? '')) ? 'credential' : 'endpoint';
      const verdict = byStatus(answer, now);
      return verdict.kind === 'throttled' ? { ...verdict, scope } : verdict;
    }
    return undefined;
  };
}

function fatal(message: string, details: ConstructorParameters<typeof ConfigError>[1]): Verdict {
  return { kind: 'fatal', error: new ConfigError(message, details) };
}

/** What a burst limit counts together: method and path, ids and keys aside. */
export function endpointOf({ method = 'GET', path }: ApiRequest): string {
  return `${method} ${path.replace(/\/(\d+|[A-Z][A-Z0-9_]*-\d+)(?=\/|$)/g, '/{id}')}`;
}
