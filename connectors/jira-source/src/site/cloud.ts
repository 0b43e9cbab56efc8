import {
  type HttpClient,
  isHeadraceError,
  type Page,
  type PassedOver,
  pagesByOffset,
  pagesByToken,
  type Select,
  type Skim,
} from '@headrace/sdk';
import { onePage } from '../answers/pages.ts';
import { WARNINGS, type Warned } from '../answers/warnings.ts';
import { NO_ISSUE } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { USERS_A_PAGE } from '../users/data-center-users.ts';
import { bulkChangelogs } from './bulk-changelogs.ts';
import { type Deployment, IN_ORDER, idsOf, ONLY_ID, PAGE_SIZE } from './deployment.ts';

/** Issues per page if only the id is requested (docs/vendors/jira-cloud.md, Streams and their calls). */
const IDS_A_PAGE = 5000;

/** If Jira cannot render an issue, every page that contains it fails with 500. Its id can still be read. */
const SKIM: Skim = {
  request: (failed) => ({
    ...failed,
    body: { ...(failed.body as object), fields: ['id'], expand: undefined },
  }),
  selection: ONLY_ID('issues'),
  key: 'id',
};

/** Jira Cloud: REST API v3, search by token. */
export function cloud(http: HttpClient, passedOver: PassedOver, warned: Warned): Deployment {
  const path = (below: string): string => `/rest/api/3${below}`;
  const searchPages = (body: object, most: number, select: Select<string>): AsyncIterable<Page> =>
    warned(
      pagesByToken(
        http,
        { method: 'POST', path: path('/search/jql'), body },
        select('issues', { isLast: 'isLast', nextPageToken: 'nextPageToken', ...WARNINGS }),
        {
          token: 'nextPageToken',
          body: 'nextPageToken',
          isLast: 'isLast',
          size: ['maxResults', most],
          skim: SKIM,
        },
      ),
    );
  return {
    deployment: 'cloud',
    path,

    search: (jql, select, { fields, expand }) =>
      searchPages(
        {
          jql: `${jql} ${IN_ORDER}`,
          fields,
          ...(expand.length > 0 ? { expand: expand.join(',') } : {}),
        },
        PAGE_SIZE,
        select,
      ),

    issueIds: async function* (jql) {
      // Without an order, a page of ids can have 5,000 rows.
      const pages = searchPages({ jql, fields: ['id'] }, IDS_A_PAGE, ONLY_ID);
      for await (const page of pages) yield idsOf(page);
    },

    issuesById: async function* (ids, select, { fields, expand }) {
      const body = { issueIdsOrKeys: ids, fields, expand };
      try {
        yield await http.page({ method: 'POST', path: path('/issue/bulkfetch'), body }, select('issues'));
      } catch (error) {
        const [id, more] = ids;
        if (id === undefined || more !== undefined || !isRefusal(error)) throw error;
        // A bulk request can fail because the issue was deleted, so request the issue itself.
        const asked = { stream: 'issues', id, path: path(`/issue/${id}`) };
        const query = { fields: fields.join(','), expand: expand.join(',') || undefined };
        const pages = onePage({ http }, { path: asked.path, query }, select('.'));
        yield* unless([NO_ISSUE], asked, { http, passedOver }, pages);
      }
    },

    changelogs: (issues, select, missed) => bulkChangelogs(http, issues, select, missed),

    count: async (jql) => {
      const request = { method: 'POST', path: path('/search/approximate-count'), body: { jql } } as const;
      const { count } = (await http.json(request)) as { count?: unknown };
      return typeof count === 'number' ? count : undefined;
    },

    projectPages: (select, { expand, all } = {}) => {
      const query = { status: all ? 'live,archived,deleted' : 'live,archived', orderBy: 'key', expand };
      const selection = select('values', { isLast: 'isLast', total: 'total' });
      return pagesByOffset(http, { path: path('/project/search'), query }, selection, {
        key: ['id'],
        offset: 'startAt',
        size: ['maxResults', PAGE_SIZE],
        isLast: 'isLast',
        total: 'total',
      });
    },

    userPages: (select) =>
      pagesByOffset(http, { path: path('/users/search') }, select(''), {
        key: ['accountId'],
        offset: 'startAt',
        size: ['maxResults', USERS_A_PAGE],
        // Jira removes users that the account may not see from a page, so only an empty page is the end.
        step: 'size',
        // The list has no limit, so a full page is not suspicious.
        split: false,
      }),
  };
}

function isRefusal(error: unknown): boolean {
  return isHeadraceError(error) && (error.status === 400 || error.status === 404);
}
