import type { HttpClient } from '@headrace/sdk';

/** Points per hour of an OAuth app, for all sites that use it (docs/vendors/jira-cloud.md, Rate limits). */
const POINTS_PER_HOUR = 65_000;
/** Endpoints whose objects cost two points: accounts, groups, permissions, roles. */
const IDENTITY = /\/(myself|mypermissions|users?|groups?|permissionscheme|role)(\/|$)/;

/**
 * An HTTP client that counts the points charged to an OAuth app: one per answered request, plus one for each object
 * in the response, or two for identity objects.
 */
export function metered(http: HttpClient): { readonly http: HttpClient; readonly spent: () => number } {
  let spent = 0;
  const charge = (path: string, objects: number): void => {
    spent += 1 + objects * (IDENTITY.test(path) ? 2 : 1);
  };
  return {
    spent: () => spent,
    http: {
      ...http,
      ask: async (request, read, options) => {
        const value = await http.ask(request, read, options);
        charge(request.path, 1);
        return value;
      },
      json: async (request, options) => {
        const value = await http.json(request, options);
        charge(request.path, Array.isArray(value) ? value.length : 1);
        return value;
      },
      page: async (request, selection, options) => {
        const page = await http.page(request, selection, options);
        charge(request.path, page.count);
        return page;
      },
    },
  };
}

/** A sentence with the cost of a read. */
export function sayPoints(spent: number): string {
  const share = ((100 * spent) / POINTS_PER_HOUR).toFixed(1);
  return `this read used about ${spent} points, ${share} % of the ${POINTS_PER_HOUR} per hour that an OAuth app has for all its sites`;
}
