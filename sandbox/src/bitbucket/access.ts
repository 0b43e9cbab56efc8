import type { Answer } from '../http/answer.ts';
import { bearerOf, isBasic } from '../http/auth.ts';
import type { Access, Call } from '../http/call.ts';
import { problem } from './answer.ts';
import { type Caller, grantedScopes, scopeName } from './credentials.ts';
import type { BitbucketRoute } from './routes/route.ts';
import type { Site } from './site.ts';

/** The vendor also says so to a token without scopes and to a user name in place of the e-mail address. */
const INVALID = 'Token is invalid, expired, or not supported for this endpoint.';

/** Who sent a request. Nobody, and whoever has no valid credential, is refused everywhere below `/2.0`. */
export function accessOf(site: Site, { path, headers: { authorization } }: Call): Access {
  if (!path.startsWith('/2.0/')) return { path };
  const caller = callerOf(site, authorization);
  return caller ? { path, caller } : { path, refusal: invalid(authorization) };
}

function callerOf({ credentials, clock }: Site, authorization: string | undefined): Caller | undefined {
  const { email, apiToken, accessTokens } = credentials;
  if (isBasic(authorization, email, apiToken)) return 'api-token';
  const token = bearerOf(authorization);
  if (token === undefined) return undefined;
  if (token === credentials.workspaceToken) return 'workspace-token';
  if (token === credentials.repositoryToken) return 'repository-token';
  const until = accessTokens.get(token);
  return until !== undefined && clock.now() < until ? 'oauth' : undefined;
}

/** The message comes as a plain text in `detail` to Bearer tokens, and without to Basic. */
function invalid(authorization: string | undefined): Answer {
  const more = bearerOf(authorization) === undefined ? {} : { detail: INVALID };
  const { headers, ...answer } = problem(401, INVALID, more);
  return { ...answer, headers: { ...headers, 'WWW-Authenticate': 'Basic realm="Bitbucket.org HTTP"' } };
}

/** Refuses a caller whose token lacks the scope of a route, or is of a kind that the route does not support. */
export function refusalOf(
  { credentials }: Site,
  { scope, usersOnly }: BitbucketRoute,
  { caller }: Call,
): Answer | undefined {
  if (usersOnly && (caller === 'workspace-token' || caller === 'repository-token'))
    return problem(401, INVALID);
  if (scope === undefined || credentials.scopes.get(caller as Caller)?.has(scope)) return undefined;
  return problem(403, 'Your credentials lack one or more required privilege scopes.', {
    detail: { granted: grantedScopes(credentials, caller), required: [scopeName(caller, scope)] },
  });
}
