import {
  type ApiRequest,
  DataError,
  type HttpClient,
  isoUtc,
  type Page,
  type PassedOver,
  pagesByOffset,
  type Select,
  Selection,
  type Skim,
} from '@headrace/sdk';
import { NULLABLE, onePage } from '../answers/pages.ts';
import { WARNINGS, type Warned } from '../answers/warnings.ts';
import { NO_ISSUE } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { dataCenterUsers } from '../users/data-center-users.ts';
import { type Deployment, IN_ORDER, type IssueParts, idsOf, ONLY_ID, PAGE_SIZE } from './deployment.ts';

/** The streams available on Data Center. There, the others have a different shape or do not exist. */
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

/** Data Center 11 on OpenSearch rejects pages that end after this many issues. */
const MOST_SHOWN = 10_000;
const MINUTE = 60_000;

/** The minute in which the last issue of a page, up to this row, was changed. JQL only compares whole minutes. */
function lastMinute(page: Page<never, string>, row: number): number | undefined {
  for (let at = row; at >= 0; at--) {
    const updated = page.instant(at, 'updated');
    if (!Number.isNaN(updated)) return Math.floor(updated / MINUTE) * MINUTE;
  }
  return undefined;
}

/** If Jira cannot render an issue, every page that contains it fails with 500. Its id can still be read. */
const SKIM: Skim = {
  request: (failed) => ({ ...failed, query: { ...failed.query, fields: 'updated', expand: undefined } }),
  selection: ONLY_ID('issues'),
  key: 'id',
};

/** Jira Data Center: REST API v2, search by offset. */
export function dataCenter(http: HttpClient, passedOver: PassedOver, warned: Warned): Deployment {
  /** Issues that the search still finds although they were deleted, because the index lags. */
  const gone = new Set<string>();
  const path = (below: string): string => `/rest/api/2${below}`;
  const expanded = (names: readonly string[]): string | undefined =>
    names.length > 0 ? names.join(',') : undefined;
  // If an issue changes during the read, it moves to the end of the list and is read again there.
  const searchPages = (
    jql: string,
    select: Select<string>,
    { fields, expand }: IssueParts,
  ): AsyncIterable<Page> => {
    const asked = (bounds: string): ApiRequest => ({
      path: path('/search'),
      query: { jql: `${bounds} ${IN_ORDER}`, fields: fields.join(','), expand: expanded(expand) },
    });
    const selection = select('issues', { total: 'total', ...WARNINGS });
    const pages = pagesByOffset(http, asked(jql), selection, {
      key: ['id', 'updated'],
      offset: 'startAt',
      size: ['maxResults', PAGE_SIZE],
      total: 'total',
      skim: SKIM,
      deepest: MOST_SHOWN,
      restart: (page, row) => {
        const minute = lastMinute(page, row);
        if (minute === undefined) return undefined;
        return { request: asked(`${jql} AND updated >= ${minute}`), position: isoUtc(minute) };
      },
    });
    return warned(pages);
  };
  return {
    deployment: 'data-center',
    path,

    search: searchPages,

    issueIds: async function* (jql) {
      const pages = searchPages(jql, ONLY_ID_UPDATED, { fields: ['updated'], expand: [] });
      for await (const page of pages) yield idsOf(page).filter((id) => !gone.has(id));
    },

    issuesById: async function* (ids, select, { fields, expand }) {
      const query = { fields: fields.join(','), expand: expanded(expand) };
      // One at a time, because a search for several ids fails if one of them was deleted.
      for (const id of ids) {
        const asked = { stream: 'issues', id, path: path(`/issue/${id}`) };
        const pages = onePage({ http }, { path: asked.path, query }, select('.'));
        yield* unless([NO_ISSUE], asked, { http, passedOver }, pages, () => gone.add(id));
      }
    },

    changelogs: async function* (issues, select, missed) {
      const selection = select('changelog.histories', { total: 'changelog.total' }, NULLABLE);
      for (const owner of issues) {
        const embedded = selection.scan(owner.page.record(owner.row));
        if (isWhole(embedded)) {
          if (embedded.count > 0) yield { page: embedded, owner };
          continue;
        }
        // The search omitted or cut the changelog. The issue itself may return all of it.
        const asked = { stream: 'issue_changelogs', id: owner.key, path: path(`/issue/${owner.key}`) };
        const request = { path: asked.path, query: { fields: 'updated', expand: 'changelog' } };
        const pages = listOf(http, request, selection);
        for await (const page of unless([NO_ISSUE], asked, { http, passedOver }, pages, missed)) {
          if (page.count < totalOf(page)) throw cut(owner.key, request.path);
          if (!isWhole(page)) passedOver.add('issue_changelogs', NO_CHANGELOG);
          if (page.count > 0) yield { page, owner };
        }
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

    userPages: (select) => dataCenterUsers(http, path, select),
  };
}

/** A page of a list that may be absent from its response, which `http.page` would reject. */
async function* listOf<F extends string, R extends string>(
  http: HttpClient,
  request: ApiRequest,
  selection: Selection<F, R>,
): AsyncGenerator<Page<F, R>> {
  yield await http.ask(request, ({ bytes }) => selection.scan(bytes));
}

const totalOf = (page: Page<'total'>): number => Number(page.field('total') ?? Number.NaN);

/** Whether a list is complete. Without a total, a list with entries counts as complete. */
function isWhole(page: Page<'total'>): boolean {
  const total = totalOf(page);
  return Number.isNaN(total) ? page.count > 0 : page.hasRecords && page.count >= total;
}

const NO_CHANGELOG = 'changelogs that Jira does not show';

const cut = (issue: string, place: string): DataError =>
  new DataError(`Jira cut the changelog of issue ${issue}`, {
    code: 'jira.changelog_cut',
    place,
    hint: 'this Data Center does not return whole changelogs: leave out the stream issue_changelogs',
  });

/** Selects `id` and `updated`, which `search` requires. */
const ONLY_ID_UPDATED: Select<string> = (records, fields) =>
  new Selection<string, string>({
    records,
    fields,
    record: { id: 'id', updated: 'fields.updated' },
  }) as never;
