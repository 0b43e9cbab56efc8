import { type HttpClient, pagesByOffset } from '@headrace/sdk';
import type { Config } from './config.ts';
import { type Deployment, IN_ORDER, PAGE_SIZE, USERS_A_PAGE } from './deployment.ts';
import { searchFields } from './search-fields.ts';

/** The streams that a Data Center has; it has the others in another shape, or not at all. */
export const ON_DATA_CENTER: ReadonlySet<string> = new Set([
  'issues',
  'issue_changelogs',
  'comments',
  'worklogs',
  'attachments',
  'projects',
  'users',
  'fields',
]);

/** Jira Data Center: REST API v2, search by offset. */
export function dataCenter(http: HttpClient, config: Config): Deployment {
  const path = (below: string): string => `/rest/api/2${below}`;
  return {
    deployment: 'data-center',
    path,

    search: (jql, select) => {
      const expand = config.expand.length > 0 ? config.expand.join(',') : undefined;
      const query = { jql: `${jql} ${IN_ORDER}`, fields: searchFields(config).join(','), expand };
      // An issue that changes while this is read moves to the end: the list shrinks before it, and it comes again.
      return pagesByOffset(http, { path: path('/search'), query }, select('issues', { total: 'total' }), {
        key: ['id', 'updated'],
        offset: 'startAt',
        size: ['maxResults', PAGE_SIZE],
        total: 'total',
      });
    },

    count: async (jql) => {
      const { total } = (await http.json({ path: path('/search'), query: { jql, maxResults: 0 } })) as {
        total?: unknown;
      };
      return typeof total === 'number' ? total : undefined;
    },

    projectPages: async function* (select, { expand, all = false } = {}) {
      yield await http.page({ path: path('/project'), query: { includeArchived: all, expand } }, select(''));
    },

    userPages: (select) =>
      pagesByOffset(
        http,
        // A dot finds everybody.
        { path: path('/user/search'), query: { username: '.', includeInactive: true } },
        select(''),
        { key: ['key'], offset: 'startAt', size: ['maxResults', USERS_A_PAGE] },
      ),
  };
}
