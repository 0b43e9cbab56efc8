import type { Vendor } from '../http/vendor.ts';
import { accessOf } from './access.ts';
import { errorPage } from './answer.ts';
import { notFound } from './routes/items.ts';
import { OWN_ROUTES } from './routes/own.ts';
import { ROUTES } from './routes/table.ts';
import { noCost, type Site } from './site.ts';

/** Older costs are forgotten. */
const COSTS_KEPT = 50_000;

/** Jenkins on the sandbox's HTTP layer. */
export const jenkins: Vendor<Site> = {
  routes: () => ROUTES,
  ownRoutes: OWN_ROUTES,
  access: accessOf,
  handle: async (site, route, call) => {
    site.cost = noCost(call.url);
    site.costs.push(site.cost);
    if (site.costs.length > COSTS_KEPT) site.costs.shift();
    return route.handle(site, call);
  },
  headers: ({ session }, { path }) => ({
    'X-Content-Type-Options': 'nosniff',
    'X-Hudson': '1.395',
    'X-Jenkins': '2.541.1',
    'X-Jenkins-Session': session,
    ...(path.endsWith('/api/json') && { 'X-Frame-Options': 'deny' }),
  }),
  error: errorPage,
  notFound,
};
