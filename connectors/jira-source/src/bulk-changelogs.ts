import {
  type HttpClient,
  type OwnedPage,
  type Parent,
  pagesByToken,
  type Select,
  Selection,
} from '@headrace/sdk';

/** Issues a call may name, and entries a page (jira-cloud.md; as measured: 1,000 entries unless more are asked for). */
const MOST_ISSUES = 1000;
const ENTRIES_A_PAGE = 10_000;
const BY_ISSUE = new Selection({
  records: 'issueChangeLogs',
  record: { issueId: 'issueId' },
  fields: { nextPageToken: 'nextPageToken' },
});

/**
 * Changelogs of issues through `POST /changelog/bulkfetch`: oldest first over all issues of a call, a page
 * grouped by issue. Issues that are gone are left out, as are those that never changed.
 * @param missed called once for a batch of which some were left out
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
