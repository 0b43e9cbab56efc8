import { entriesByBytes } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import { AT_ONCE, entriesOf, ofPullRequest, pullRequestPath, unlessNone } from '../pull-requests/children.ts';
import { DAY_MS, type PullRequest, pullRequestScan } from '../pull-requests/scan.ts';
import { object, objects, pullRequestId, repositoryUuid, text, time } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';

const NONE = { 404: 'pull requests whose source is gone' };

/** Which commits belong to which pull request. Bitbucket forgets them when the source branch is deleted. */
export const prCommits = pullRequestScan.entries({
  name: 'pr_commits',
  description: 'A commit of a pull request. Asked for when the pull request was updated.',
  schema: {
    properties: {
      hash: { type: 'string' },
      type: text,
      date: { ...time, description: 'by the author’s clock' },
      message: text,
      author: object,
      summary: object,
      parents: objects,
      repository: object,
      properties: object,
      links: object,
      repository_uuid: repositoryUuid,
      pull_request_id: pullRequestId,
    },
  },
  primaryKey: ['repository_uuid', 'pull_request_id', 'hash'],
  access: lacks('pullrequest'),
  record: { hash: 'hash' },
  sent: entriesByBytes<PullRequest, 'hash'>((_owner, page, row) => page.text(row, 'hash') ?? ''),
  keepMs: ({ config }) => config.lookback_days * DAY_MS,
  atOnce: AT_ONCE,
  read: (asked) =>
    entriesOf(asked, (pullRequest) => {
      const { api, partition, select } = asked;
      // The page of this list is a token; a number would be refused.
      const request = { path: pullRequestPath(partition, pullRequest.key, '/commits') };
      return unlessNone('pr_commits', asked, pullRequest, NONE, listPages(api.http, request, select));
    }),
  context: ofPullRequest,
});
