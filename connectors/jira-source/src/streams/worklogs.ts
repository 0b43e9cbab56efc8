import {
  defineStream,
  keepRows,
  Page,
  pageOfRecords,
  pagesByIds,
  recordsOf,
  type Select,
  selectOf,
  timeWindow,
  withOwed,
  workAhead,
} from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { startOf } from '../config.ts';
import { issuesInProjects } from '../issues/places.ts';
import { changedWorklogs, HELD_BACK_MINUTES } from '../worklogs/changes.ts';
import { worklogsOfIssues } from '../worklogs/of-issues.ts';

/** Maximum number of ids in `/worklog/list`. */
const LIST_MOST = 1000;

const GONE = 'worklogs that were deleted or are not visible';
const ELSEWHERE = 'worklogs of projects that are not selected';

const CHANGES = selectOf({ worklogId: 'worklogId', updatedTime: 'updatedTime' });

/** All worklogs. A worklog is sent again after each update. There are no requests per issue. */
export const worklogs = defineStream<JiraApi>()({
  name: 'worklogs',
  description: 'Work logged on an issue. Sent again after each update.',
  schema: {
    properties: {
      id: { type: 'string' },
      issueId: { type: 'string' },
      self: { type: ['null', 'string'] },
      author: { type: ['null', 'object'], additionalProperties: true },
      updateAuthor: { type: ['null', 'object'], additionalProperties: true },
      comment: {
        type: ['null', 'object', 'string'],
        description: 'a document (ADF) on Cloud, text on Data Center',
      },
      created: { type: ['null', 'string'] },
      updated: { type: 'string', description: 'with the token owner’s offset' },
      started: { type: ['null', 'string'], description: 'start of the work, as entered by the user' },
      timeSpent: { type: ['null', 'string'] },
      timeSpentSeconds: { type: ['null', 'integer'] },
      visibility: { type: ['null', 'object'], additionalProperties: true },
      properties: { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } },
    },
  },
  primaryKey: ['id'],
  cursorField: 'updated',
  record: { id: 'id', updated: 'updated', issueId: 'issueId' },
  // These streams find issues that became visible, whose worklogs are owed.
  follows: ['issue_deletions', 'issue_changelogs'],
  cursor: (api, _, select) =>
    withOwed(
      timeWindow({
        key: 'id',
        value: 'updated',
        safetyMinutes: api.config.safety_window_minutes + HELD_BACK_MINUTES,
        start: startOf(api.config),
        fetch: listed(api, select),
      }),
      'updated',
    ),
  read: ({ api, from, select }) =>
    'owed' in from ? worklogsOfIssues(api, from, select) : worklogPages(api, from.since ?? 0, select),
});

/**
 * Pages of worklogs, in the order of their changes. The worklogs of a page of ids are yielded together or not at all,
 * so the position never passes a missing one. The next pages are requested in the meantime.
 */
async function* worklogPages(
  api: JiraApi,
  since: number,
  select: Select<'id' | 'updated' | 'issueId'>,
): AsyncGenerator<Page> {
  const pagesOf = listed(api, select);

  async function all(ids: readonly string[]): Promise<Page[]> {
    const pages: Page[] = [];
    for await (const page of pagesOf(ids)) pages.push(page);
    return pages;
  }

  const changes = changedWorklogs(api.http, api.path('/worklog/updated'), since, CHANGES);
  for await (const pages of workAhead(batchesOf(changes), api.config.concurrency, all)) yield* pages;
}

/** Sorts a page by `updated`, which the time window requires. Jira returns a batch in the order of the ids. */
function byTime<R extends string>(page: Page, select: Select<R | 'updated'>): Page {
  const rows = recordsOf(page).map((record, row) => ({ record, time: page.instant(row, 'updated') || 0 }));
  const records = rows.sort((a, b) => a.time - b.time).map(({ record }) => record);
  return pageOfRecords(records, select(''));
}

async function* batchesOf(changes: AsyncIterable<Page>): AsyncGenerator<readonly string[]> {
  for await (const page of changes) {
    const ids = page.values('worklogId');
    for (let at = 0; at < ids.length; at += LIST_MOST) yield ids.slice(at, at + LIST_MOST);
  }
}

/** Worklogs by id, from the configured projects. Those that cannot be read are in a page's `unreadable`. */
function listed(
  api: JiraApi,
  select: Select<'id' | 'updated' | 'issueId'>,
): (ids: readonly string[]) => AsyncIterable<Page> {
  const { http, path, passedOver } = api;
  const inProjects = api.isFiltered ? issuesInProjects(api) : undefined;
  const selection = select('');

  /** Removes worklogs of other projects. */
  async function ofProjects(page: Page, places: NonNullable<typeof inProjects>): Promise<void> {
    const issues = Array.from({ length: page.count }, (_, row) => page.text(row, 'issueId') ?? '');
    const { inside, unreadable } = await places(new Set(issues));
    // They exist, but their project is unknown.
    const unplaced = issues.flatMap((issue, row) => (unreadable.has(issue) ? [page.id(row, 'id')!] : []));
    keepRows(page, (row) => inside.has(issues[row]!));
    page.unreadable = unplaced;
    passedOver.add('worklogs', ELSEWHERE, issues.length - page.count - unplaced.length);
  }

  return async function* (ids) {
    const ask = (part: readonly string[]): Promise<Page> => {
      const body = { ids: part.map(Number) };
      return http.page({ method: 'POST', path: path('/worklog/list'), body }, selection);
    };
    let gone = ids.length;
    for await (const page of pagesByIds(ids, ask, { most: LIST_MOST })) {
      gone -= page.count + page.unreadable.length;
      if (inProjects && page.count > 0) await ofProjects(page, inProjects);
      if (page.count > 0) yield byTime(page, select);
      if (page.unreadable.length > 0) yield Page.unreadable(page.unreadable);
    }
    passedOver.add('worklogs', GONE, gone);
  };
}
