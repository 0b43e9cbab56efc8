import {
  isShortList,
  type OwedParents,
  type Page,
  pagesByIds,
  pagesByOffset,
  type Select,
  selectOf,
} from '@headrace/sdk';
import { idOf, NULLABLE } from '../answers/pages.ts';
import type { JiraApi } from '../api.ts';
import { BULK_MOST, confirmSeen } from '../issues/places.ts';
import { NO_ISSUE } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';

/** Maximum page size for the worklogs of an issue. */
const WORKLOGS_A_PAGE = 5000;

const ISSUES = selectOf({ id: 'id' });

/**
 * All worklogs of issues. They are embedded in the issue; if the embedded list is cut, they are requested. A deleted
 * issue has none. An issue whose worklogs cannot be read is in a page's `unreadable`.
 * @throws TransientError if issues are missing and a project became invisible in the meantime
 */
export async function* worklogsOfIssues(
  api: JiraApi,
  { owed, brings }: OwedParents,
  select: Select<'id' | 'updated' | 'issueId'>,
): AsyncGenerator<Page> {
  // Requested first, to find out later which of them became invisible.
  const searched = (await api.projects()).filter(({ isArchived }) => !isArchived);
  const missing = new Set(owed);
  let short: unknown;

  async function* ask(ids: readonly string[]): AsyncGenerator<Page> {
    for await (const issues of api.issuesById(ids, ISSUES, { fields: ['worklog'], expand: [] })) {
      for (let row = 0; row < issues.count; row++) {
        const id = idOf(issues, row);
        missing.delete(id);
        // Each page is held until the next one arrives, because `brings` must be called before the last one.
        let last: Page | undefined;
        let isWhole = true;
        try {
          for await (const page of pagesOf(api, id, issues.record(row), select)) {
            if (last) yield last;
            last = page;
          }
        } catch (error) {
          // The worklogs received so far are valid. The issue stays owed, and the other issues are read.
          if (!isShortList(error)) throw error;
          short ??= error;
          isWhole = false;
        }
        if (!last) continue;
        if (isWhole) brings(last, [id]);
        yield last;
      }
    }
  }

  for await (const page of pagesByIds(owed, ask, { most: BULK_MOST })) {
    for (const id of page.unreadable) missing.delete(id);
    yield page;
  }
  if (missing.size > 0) await Promise.all(searched.map((project) => confirmSeen(api, project)));
  if (short) throw short;
}

async function* pagesOf(
  api: JiraApi,
  id: string,
  issue: Uint8Array,
  select: Select<'id' | 'updated' | 'issueId'>,
): AsyncGenerator<Page> {
  const own = select('fields.worklog.worklogs', { total: 'fields.worklog.total' }, NULLABLE).scan(issue);
  const total = own.field('total');
  if (own.hasRecords && typeof total === 'number' && own.count >= total) return yield own;
  const request = { path: api.path(`/issue/${id}/worklog`) };
  const pages = pagesByOffset(api.http, request, select('worklogs', { total: 'total' }), {
    key: ['id'],
    offset: 'startAt',
    size: ['maxResults', WORKLOGS_A_PAGE],
    total: 'total',
  });
  yield* unless([NO_ISSUE], { stream: 'worklogs', id, path: api.path(`/issue/${id}`) }, api, pages);
}
