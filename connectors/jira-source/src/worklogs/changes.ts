import { DataError, type HttpClient, keepRows, type Page, type Select } from '@headrace/sdk';

/** Number of rows on every page of changed worklogs except the last. */
const FULL_PAGE = 1000;
/** Jira omits changes from the minute before a request. This is added to the safety window. */
export const HELD_BACK_MINUTES = 1;

/**
 * Pages of the worklogs that were changed (`updated`) or deleted at or after an instant, oldest first: rows
 * `{worklogId, updatedTime, properties}` of `GET /worklog/updated` and `/worklog/deleted`, without duplicates. Jira
 * omits changes from the minute before the request.
 *
 * The next page is requested by the last time, not by `nextPage`, because that URL has named different hosts
 * (docs/vendors/jira-cloud.md). It is not documented whether `since` is inclusive, so one millisecond is read again
 * and known rows are dropped. If a full page claims to be the last one, this is checked.
 * @throws DataError if more worklogs share one instant than fit on a page, because there is no way past them
 */
export async function* changedWorklogs<R extends string>(
  http: Pick<HttpClient, 'page'>,
  path: string,
  since: number,
  select: Select<R | 'worklogId' | 'updatedTime'>,
): AsyncGenerator<Page> {
  const selection = select('values', { lastPage: 'lastPage' });
  let last = since;
  let overlap = 0;
  /** The rows of the last two milliseconds with their times. */
  let known = new Map<string, number>();
  for (;;) {
    const page = await http.page({ path, query: { since: last - overlap } }, selection);
    const { count } = page;
    const isLast = page.field('lastPage') === true;
    const rows = new Map<string, number>();
    keepRows(page, (row) => {
      const time = page.instant(row, 'updatedTime');
      const name = `${page.value(row, 'worklogId')} ${time}`;
      rows.set(name, time);
      return !known.has(name);
    });
    const isNew = page.count > 0;
    // If a response for `last` does not contain `last`, `since` is exclusive, and there may be rows in between.
    const isBehind = known.size > 0 && page.count === count;
    if (overlap === 0 && (isBehind || (!isNew && !isLast))) throw stuck(path, last);
    if (isNew) {
      last = Math.max(...rows.values());
      if (Number.isNaN(last)) throw unreadable(path);
      known = new Map([...known, ...rows].filter(([, time]) => time >= last - 1));
      yield page as Page;
    }
    if (isLast && (count < FULL_PAGE || !isNew)) return;
    // There is more but nothing new, so the page is full of the previous millisecond.
    overlap = isNew ? 1 : 0;
  }
}

function stuck(path: string, at: number): DataError {
  const instant = new Date(at).toISOString();
  return new DataError(`more worklogs share the instant ${instant} than one page of the list holds`, {
    code: 'jira.worklogs_at_once',
    place: path,
    hint: 'Jira lists no more of them: leave the stream out, or reset its state and set start_date behind that instant',
  });
}

function unreadable(path: string): DataError {
  const message = 'a changed worklog came without a readable updatedTime';
  return new DataError(message, { code: 'jira.worklog_time', place: path });
}
