import type { Vendor } from '../http/vendor.ts';
import { accessOf } from './access.ts';
import { errors } from './answer.ts';
import { DATA_CENTER_ROUTES } from './routes/data-center-table.ts';
import type { JiraRoute } from './routes/route.ts';
import { OWN_ROUTES, ROUTES } from './routes/table.ts';
import type { Site } from './site.ts';

/** Jira, Cloud or Data Center, on the sandbox's HTTP layer. */
export const jira: Vendor<Site, JiraRoute> = {
  routes: ({ settings }) => (settings.deployment === 'cloud' ? ROUTES : DATA_CENTER_ROUTES),
  ownRoutes: OWN_ROUTES,
  access: accessOf,
  handle: (site, { handle, anonymous }, call) => (call.caller ? handle : anonymous)(site, call),
  headers: (_, { caller, refusal, headers }, route) => {
    // Jira says so to whoever sends wrong credentials, or none to a route that has an anonymous answer.
    const failed =
      !caller && !refusal && (headers.authorization !== undefined || route?.handle !== route?.anonymous);
    return failed ? { 'X-Seraph-LoginReason': 'AUTHENTICATED_FAILED' } : undefined;
  },
  error: errors,
  notFound: ({ path }) => errors(404, `null for uri: ${path}`),
};
