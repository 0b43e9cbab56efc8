import { DataError, type HttpClient, keepRows, type Page, type Select } from '@headrace/sdk';

/** How many rows a page of Jira's changed worklogs has, its last one aside. */
const FULL_PAGE = 1000;

/**
 * Pages of the worklogs that were changed (`updated`) or deleted at or after an instant, oldest first: rows
 * `{worklogId, updatedTime, properties}` of `GET /worklog/updated` and `/worklog/deleted`, none of them twice. Jira
 * leaves out what was changed in the minute before the request.
 *
 * A page is followed by its last time, not by `nextPage`: that URL has named different hosts (jira-cloud.md), and
 * nobody says whether `since` is included, so a millisecond is read again and what is known is dropped. A full page
 * that calls itself the last one is not believed.
 * @throws DataError where more worklogs share one instant than a page holds: there is no way behind them
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
  /** What was met of the last two milliseconds: each row with its time. */
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
    // Asked for `last` itself, an answer without it says that `since` is not included: rows may stand between.
    const isBehind = known.size > 0 && page.count === count;
    if (overlap === 0 && (isBehind || (!isNew && !isLast))) throw stuck(path, last);
    if (isNew) {
      last = Math.max(...rows.values());
      if (Number.isNaN(last)) throw unreadable(path);
      known = new Map([...known, ...rows].filter(([, time]) => time >= last - 1));
      yield page as Page;
    }
    if (isLast && (count < FULL_PAGE || !isNew)) return;
    // Nothing new though there is more: the millisecond before takes up the page.
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
