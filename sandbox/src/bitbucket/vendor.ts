import type { Vendor } from '../http/vendor.ts';
import { accessOf, refusalOf } from './access.ts';
import { problem } from './answer.ts';
import { grantedScopes, scopeName } from './credentials.ts';
import type { BitbucketRoute } from './routes/route.ts';
import { OWN_ROUTES, ROUTES } from './routes/table.ts';
import type { Site } from './site.ts';

/** Bitbucket Cloud on the sandbox's HTTP layer. */
export const bitbucket: Vendor<Site, BitbucketRoute> = {
  routes: () => ROUTES,
  ownRoutes: OWN_ROUTES,
  access: accessOf,
  handle: (site, route, call) => refusalOf(site, route, call) ?? route.handle(site, call),
  headers: ({ credentials }, { caller }, route) => {
    if (caller === undefined) return undefined;
    const accepted = route?.scope && { 'X-Accepted-OAuth-Scopes': scopeName(caller, route.scope) };
    return { 'X-OAuth-Scopes': grantedScopes(credentials, caller).join(', '), ...accepted };
  },
  error: (status, message) => problem(status, message),
  notFound: () => problem(404, 'Resource not found'),
};
