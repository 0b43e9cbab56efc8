import { type HttpClient, pagesByOffset, pagesByToken } from '@headrace/sdk';
import type { Config } from './config.ts';
import { type Deployment, IN_ORDER, PAGE_SIZE, USERS_A_PAGE } from './deployment.ts';
import { searchFields } from './search-fields.ts';

/** Jira Cloud: REST API v3, search by token. */
export function cloud(http: HttpClient, config: Config): Deployment {
  const path = (below: string): string => `/rest/api/3${below}`;
  return {
    deployment: 'cloud',
    path,

    search: (jql, select) => {
      const expand = config.expand.length > 0 ? { expand: config.expand.join(',') } : {};
      const body = {
        jql: `${jql} ${IN_ORDER}`,
        fields: searchFields(config),
        maxResults: PAGE_SIZE,
        ...expand,
      };
      const selection = select('issues', { isLast: 'isLast', nextPageToken: 'nextPageToken' });
      return pagesByToken(http, { method: 'POST', path: path('/search/jql'), body }, selection, {
        token: 'nextPageToken',
        body: 'nextPageToken',
        isLast: 'isLast',
      });
    },

    count: async (jql) => {
      const request = { method: 'POST', path: path('/search/approximate-count'), body: { jql } } as const;
      const { count } = (await http.json(request)) as { count?: unknown };
      return typeof count === 'number' ? count : undefined;
    },

    projectPages: (select, { expand, all } = {}) => {
      const query = { status: all ? 'live,archived,deleted' : 'live,archived', orderBy: 'key', expand };
      const selection = select('values', { isLast: 'isLast' });
      return pagesByOffset(http, { path: path('/project/search'), query }, selection, {
        key: ['id'],
        offset: 'startAt',
        size: ['maxResults', PAGE_SIZE],
        isLast: 'isLast',
      });
    },

    userPages: (select) =>
      pagesByOffset(http, { path: path('/users/search') }, select(''), {
        key: ['accountId'],
        offset: 'startAt',
        size: ['maxResults', USERS_A_PAGE],
        // Whom the account may not see is taken out of a page after it was counted: only an empty one is the end.
        step: 'size',
      }),
  };
}
