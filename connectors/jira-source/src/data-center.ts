import { DataError, type HttpClient, type Page, pagesByOffset, type Select, Selection } from '@headrace/sdk';
import { type Deployment, IN_ORDER, idsOf, PAGE_SIZE, USERS_A_PAGE } from './deployment.ts';
import type { IssueParts } from './issue-parts.ts';
import { NO_ISSUE, type PassedOver, unless } from './passed-over.ts';

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
export function dataCenter(http: HttpClient, passed: { readonly passedOver: PassedOver }): Deployment {
  const path = (below: string): string => `/rest/api/2${below}`;
  const expanded = (names: readonly string[]): string | undefined =>
    names.length > 0 ? names.join(',') : undefined;
  // An issue that changes while this is read moves to the end: the list shrinks before it, and it comes again.
  const searchPages = (
    jql: string,
    select: Select<string>,
    { fields, expand }: IssueParts,
  ): AsyncIterable<Page> =>
    pagesByOffset(
      http,
      { path: path('/search'), query: { jql, fields: fields.join(','), expand: expanded(expand) } },
      select('issues', { total: 'total' }),
      { key: ['id', 'updated'], offset: 'startAt', size: ['maxResults', PAGE_SIZE], total: 'total' },
    );
  return {
    deployment: 'data-center',
    path,

    search: (jql, select, parts) => searchPages(`${jql} ${IN_ORDER}`, select, parts),

    issueIds: async function* (jql) {
      const pages = searchPages(`${jql} ${IN_ORDER}`, ONLY_ID_UPDATED, { fields: ['updated'], expand: [] });
      for await (const page of pages) yield idsOf(page);
    },

    issuesById: async function* (ids, select, { fields, expand }) {
      const query = { fields: fields.join(','), expand: expanded(expand) };
      // One by one: a search for ids fails where one of them is gone.
      for (const id of ids) {
        const page = http.page({ path: path(`/issue/${id}`), query }, select('.'));
        yield* unless([NO_ISSUE], 'issues', passed, one(page));
      }
    },

    changelogs: async function* (issues, select) {
      const embedded = select('changelog.histories', { total: 'changelog.total' });
      for (const owner of issues) {
        const page = embedded.scan(owner.page.record(owner.row));
        if (!page.hasRecords || page.count < Number(page.field('total')))
          throw new DataError(`the changelog of issue ${owner.key} is cut`, {
            code: 'jira.changelog_cut',
            place: path('/search'),
            hint: 'this Data Center embeds less than the whole changelog: leave issue_changelogs out',
          });
        if (page.count > 0) yield { page, owner };
      }
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

async function* one(page: Promise<Page>): AsyncGenerator<Page> {
  yield await page;
}

/** A list that moves is held by both: see `search`. */
const ONLY_ID_UPDATED: Select<string> = (records, fields) =>
  new Selection<string, string>({
    records,
    fields,
    record: { id: 'id', updated: 'fields.updated' },
  }) as never;
