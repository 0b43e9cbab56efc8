import { CLOUD_ID } from '../data/site.ts';
import type { Site } from '../site.ts';
import { type Answer, errors, json } from './answer.ts';
import { bearerOf, isBasic } from './auth.ts';
import { isAbout } from './route.ts';

/** How a request came in, and who sent it. */
export interface Access {
  /** The path without the gateway's prefix. */
  path: string;
  /** True for the account. False for an anonymous caller, who gets the anonymous answer. */
  known: boolean;
  /** True if the request counts against the app's points quota. */
  metered: boolean;
  /** Set if the caller is refused. Only the gateway and Data Center refuse anonymous callers. */
  refusal?: Answer;
}

const GATEWAY = /^\/ex\/jira\/([^/]+)(\/.*)$/;
/** Data Center answers this without a login. */
const OPEN = '/rest/api/2/serverInfo';

/** Determines who sent a request and which path it is for. */
export function accessOf(
  site: Site,
  method: string,
  path: string,
  authorization: string | undefined,
): Access {
  const { credentials } = site;
  if (site.settings.deployment === 'data-center') {
    const known = bearerOf(authorization) === credentials.personalAccessToken;
    const refused = !known && (authorization !== undefined || path !== OPEN);
    return { path, known, metered: false, refusal: refused ? notAuthenticated() : undefined };
  }
  const [, cloudId, below] = GATEWAY.exec(path) ?? [];
  if (below === undefined) {
    return {
      path,
      known: isBasic(authorization, credentials.email, credentials.apiToken),
      metered: false,
    };
  }
  const metered = isAccessToken(site, bearerOf(authorization));
  const known = metered || isBasic(authorization, credentials.email, credentials.scopedToken);
  const access = { path: below, known, metered };
  if (!known) return { ...access, refusal: gateway(401, 'Unauthorized') };
  if (cloudId !== CLOUD_ID) return { ...access, refusal: gateway(404, 'Not Found') };
  if (site.lackingScope.some((route) => isAbout({ route }, method, below, '')))
    return { ...access, refusal: gateway(401, 'Unauthorized; scope does not match') };
  return access;
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
