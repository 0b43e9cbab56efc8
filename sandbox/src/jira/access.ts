import type { Answer } from '../http/answer.ts';
import { bearerOf, isBasic } from '../http/auth.ts';
import type { Access, Call } from '../http/call.ts';
import { isAbout } from '../http/filter.ts';
import { errors, json } from './answer.ts';
import { CLOUD_ID } from './data/site.ts';
import type { Site } from './site.ts';

const GATEWAY = /^\/ex\/jira\/([^/]+)(\/.*)$/;
/** Data Center answers this without a login. */
const OPEN = '/rest/api/2/serverInfo';

/**
 * Determines who sent a request: `account`, `oauth` (the app, whose requests count against its quota), or nobody. On
 * the site's own address nobody gets the anonymous answers; the gateway and Data Center refuse anonymous callers.
 */
export function accessOf(site: Site, { method, path, headers: { authorization } }: Call): Access {
  const { credentials } = site;
  if (site.settings.deployment === 'data-center') {
    if (bearerOf(authorization) === credentials.personalAccessToken) return { path, caller: 'account' };
    const refused = authorization !== undefined || path !== OPEN;
    return refused ? { path, refusal: notAuthenticated() } : { path };
  }
  const [, cloudId, below] = GATEWAY.exec(path) ?? [];
  if (below === undefined)
    return isBasic(authorization, credentials.email, credentials.apiToken)
      ? { path, caller: 'account' }
      : { path };
  const caller = gatewayCaller(site, authorization);
  const access = { path: below, caller };
  if (!caller) return { ...access, refusal: gateway(401, 'Unauthorized') };
  if (cloudId !== CLOUD_ID) return { ...access, refusal: gateway(404, 'Not Found') };
  if (site.lackingScope.some((route) => isAbout({ route }, method, below, '')))
    return { ...access, refusal: gateway(401, 'Unauthorized; scope does not match') };
  return access;
}

function gatewayCaller(site: Site, authorization: string | undefined): string | undefined {
  if (isAccessToken(site, bearerOf(authorization))) return 'oauth';
  const { email, scopedToken } = site.credentials;
  return isBasic(authorization, email, scopedToken) ? 'account' : undefined;
}

function isAccessToken({ oauth, clock }: Site, token: string | undefined): boolean {
  const ends = token === undefined ? undefined : oauth.accessTokens.get(token);
  return ends !== undefined && clock.now() < ends;
}

/** The gateway's own error body. */
function gateway(code: number, message: string): Answer {
  return json({ code, message }, code);
}

function notAuthenticated(): Answer {
  return errors(401, 'You are not authenticated. Authentication required to perform this operation.');
}
