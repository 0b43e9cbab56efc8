import { type OwnedPage, type Page, type Parent, pagesByOffset, type Select, workAhead } from '@headrace/sdk';
import { NULLABLE } from '../answers/pages.ts';
import type { JiraApi } from '../api.ts';
import { NO_ISSUE } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';

/** An issue has at most 5,000 comments, so one page is enough. */
const COMMENTS_A_PAGE = 5000;

/**
 * Comments of issues. The comments inside an issue are complete unless the total in the issue is higher
 * (docs/vendors/jira-cloud.md, Incremental traps). If it is, they are requested, for several issues at a time.
 * @param gone called if an issue was deleted in the meantime
 */
export async function* commentPages<I extends Parent>(
  api: JiraApi,
  issues: readonly I[],
  select: Select<'id' | 'updated'>,
  gone: () => void,
): AsyncGenerator<OwnedPage<'id' | 'updated', I>> {
  const embedded = select('fields.comment.comments', { total: 'fields.comment.total' }, NULLABLE);
  const listed = select('comments', { total: 'total' });

  async function all(issue: I): Promise<Array<Page<'total', 'id' | 'updated'>>> {
    const found: Array<Page<'total', 'id' | 'updated'>> = [];
    const path = api.path(`/issue/${issue.key}`);
    const pages = pagesByOffset(api.http, { path: `${path}/comment` }, listed, {
      key: ['id'],
      offset: 'startAt',
      size: ['maxResults', COMMENTS_A_PAGE],
      total: 'total',
    });
    const asked = { stream: 'comments', id: issue.key, path };
    for await (const page of unless([NO_ISSUE], asked, api, pages, gone)) found.push(page);
    return found;
  }

  const embeddings = issues.map((issue) => ({ issue, page: embedded.scan(issue.page.record(issue.row)) }));
  const cut = embeddings.filter(({ page }) => !isWhole(page)).map(({ issue }) => issue);
  // Work ahead only on issues with cut lists. Complete ones need no request and would fill the look-ahead.
  const asked = workAhead(cut, api.config.concurrency, all);
  try {
    for (const { issue, page } of embeddings) {
      const pages = isWhole(page) ? [page] : (await asked.next()).value!;
      for (const one of pages) if (one.count > 0) yield { page: one, owner: issue };
    }
  } finally {
    await asked.return(undefined);
  }
}

/** Whether the issue contains all of its comments. */
function isWhole(page: Page<'total'>): boolean {
  const total = page.field('total');
  return page.hasRecords && typeof total === 'number' && page.count >= total;
}

/** Attachments of issues. The issue contains all of them, or none if a field configuration hides the field. */
export async function* attachmentPages<I extends Parent>(
  issues: readonly I[],
  select: Select<'id' | 'created'>,
): AsyncGenerator<OwnedPage<'id' | 'created', I>> {
  const embedded = select('fields.attachment', {}, NULLABLE);
  for (const issue of issues) {
    const page = embedded.scan(issue.page.record(issue.row));
    if (page.count > 0) yield { page, owner: issue };
  }
}
