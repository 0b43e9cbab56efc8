import {
  type HttpClient,
  type OwnedPage,
  type Parent,
  pagesByToken,
  type Select,
  Selection,
} from '@headrace/sdk';

/** Maximum number of issues per request (docs/vendors/jira-cloud.md, Streams and their calls). */
const MOST_ISSUES = 1000;
/** Jira's default is 1,000 (measured). */
const ENTRIES_A_PAGE = 10_000;
const BY_ISSUE = new Selection({
  records: 'issueChangeLogs',
  record: { issueId: 'issueId' },
  fields: { nextPageToken: 'nextPageToken' },
});

/**
 * Changelogs of issues from `POST /changelog/bulkfetch`: oldest first across all issues of a request, each page grouped
 * by issue. Jira omits deleted issues and issues that never changed.
 * @param missed called once for each batch in which some issues are missing
 */
export async function* bulkChangelogs<I extends Parent, E extends string>(
  http: HttpClient,
  issues: readonly I[],
  select: Select<E>,
  missed: () => void,
): AsyncGenerator<OwnedPage<E, I>> {
  const entries = select('changeHistories');
  for (let at = 0; at < issues.length; at += MOST_ISSUES) {
    const batch = new Map(issues.slice(at, at + MOST_ISSUES).map((issue) => [issue.key, issue]));
    const silent = new Set(batch.keys());
    const body = { issueIdsOrKeys: [...batch.keys()], maxResults: ENTRIES_A_PAGE };
    const request = { method: 'POST', path: '/rest/api/3/changelog/bulkfetch', body } as const;
    for await (const page of pagesByToken(http, request, BY_ISSUE, {
      token: 'nextPageToken',
      body: 'nextPageToken',
    })) {
      for (let row = 0; row < page.count; row++) {
        const owner = batch.get(page.id(row, 'issueId') ?? '');
        if (owner) silent.delete(owner.key);
        if (owner) yield { page: entries.scan(page.record(row)), owner };
      }
    }
    if (silent.size > 0) missed();
  }
}
