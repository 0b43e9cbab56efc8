import { entriesByBytes, type Page } from '@headrace/sdk';
import { AT_ONCE, entriesOf, ofPullRequest } from '../pull-requests/children.ts';
import { diffstatPages } from '../pull-requests/diffstat.ts';
import { DAY_MS, type PullRequest, pullRequestScan } from '../pull-requests/scan.ts';
import { integer, object, pullRequestId, repositoryUuid, text } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';

/** Which files a pull request changes, and by how many lines. */
export const prDiffstats = pullRequestScan.entries<'old' | 'new', PullRequest>({
  name: 'pr_diffstats',
  description: 'A file that a pull request changes. Asked for when the pull request was updated.',
  schema: {
    properties: {
      type: text,
      status: {
        ...text,
        description:
          'added, removed, modified, renamed; also others, such as “merge conflict” and “local deleted”',
      },
      lines_added: integer,
      lines_removed: integer,
      old: { ...object, description: 'null for a new file' },
      new: { ...object, description: 'null for a removed file' },
      path: { type: 'string', description: 'after the change; of a removed file, before it' },
      repository_uuid: repositoryUuid,
      pull_request_id: pullRequestId,
    },
  },
  primaryKey: ['repository_uuid', 'pull_request_id', 'path'],
  access: lacks('pullrequest'),
  record: { old: 'old.path', new: 'new.path' },
  sent: entriesByBytes((_owner, page, row) => pathOf(page, row) ?? ''),
  keepMs: ({ config }) => config.lookback_days * DAY_MS,
  atOnce: AT_ONCE,
  read: (asked) => entriesOf(asked, (pullRequest) => diffstatPages(asked, pullRequest)),
  context: {
    ...ofPullRequest,
    path: pathOf,
  },
});

function pathOf(page: Page<string, 'old' | 'new'>, row: number): string | undefined {
  return page.text(row, 'new') ?? page.text(row, 'old');
}
