import { DataError, type HttpClient, keepRows, type Page, type Select } from '@headrace/sdk';

/** Number of rows on each page of changed worklogs, except the last. */
const FULL_PAGE = 1000;
/** Jira omits changes from the minute before a request. This is added to the safety window. */
export const HELD_BACK_MINUTES = 1;

/**
 * Pages of the worklogs that were changed or deleted at or after `since`, oldest first and without duplicates: rows
 * `{worklogId, updatedTime, properties}` of `GET /worklog/updated` or `/worklog/deleted`. Jira omits changes from the
 * minute before the request.
 *
 * Each page is requested by the time of the previous row, not by `nextPage`, because that URL can name another host
 * (docs/vendors/jira-cloud.md). It is not documented whether `since` is inclusive, so one millisecond is read again
 * and known rows are dropped. If a full page claims to be the last one, the next page is requested all the same.
 * @throws DataError (`jira.worklogs_at_once`) if one instant has more worklogs than fit on a page, because the rest
 *   cannot be requested
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
  /** Rows of the last two milliseconds, with their times. */
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
    // If the response does not repeat a known row, `since` is exclusive, and rows may have been missed.
    const isBehind = known.size > 0 && page.count === count;
    if (overlap === 0 && (isBehind || (!isNew && !isLast))) throw stuck(path, last);
    if (isNew) {
      last = Math.max(...rows.values());
      if (Number.isNaN(last)) throw unreadable(path);
      known = new Map([...known, ...rows].filter(([, time]) => time >= last - 1));
      yield page as Page;
    }
    if (isLast && (count < FULL_PAGE || !isNew)) return;
    // If there is more but nothing new, the repeated millisecond fills the page, so do not repeat it.
    overlap = isNew ? 1 : 0;
  }
}

function stuck(path: string, at: number): DataError {
  const instant = new Date(at).toISOString();
  return new DataError(`more worklogs changed at ${instant} than fit on one page of the list`, {
    code: 'jira.worklogs_at_once',
    place: path,
    hint: 'Jira does not list the others: leave out the stream, or reset its state and set start_date to a later instant',
  });
}

function unreadable(path: string): DataError {
  const message = 'a changed worklog has no valid updatedTime';
  return new DataError(message, { code: 'jira.worklog_time', place: path });
}
