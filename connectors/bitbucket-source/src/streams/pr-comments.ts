import { entriesByBytes } from '@headrace/sdk';
import { AT_ONCE, listedEntries, ofPullRequest } from '../pull-requests/children.ts';
import { DAY_MS, type PullRequest, pullRequestScan } from '../pull-requests/scan.ts';
import { flag, object, pullRequestId, repositoryUuid, text, time } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';

/** Comments on pull requests. A comment is sent again if it was edited, resolved or deleted. */
export const prComments = pullRequestScan.entries({
  name: 'pr_comments',
  description:
    'A comment on a pull request. Sent again if it changed. A deleted comment stays, without its text (deleted: true).',
  schema: {
    properties: {
      id: { type: 'integer' },
      type: text,
      content: object,
      user: object,
      deleted: flag,
      pending: flag,
      inline: { ...object, description: 'the file and line that it is about' },
      parent: { ...object, description: 'the comment that it replies to' },
      resolution: object,
      pullrequest: object,
      links: object,
      created_on: time,
      updated_on: time,
      repository_uuid: repositoryUuid,
      pull_request_id: pullRequestId,
    },
  },
  primaryKey: ['repository_uuid', 'pull_request_id', 'id'],
  cursorField: 'updated_on',
  access: lacks('pullrequest'),
  record: { id: 'id' },
  sent: entriesByBytes<PullRequest, 'id'>((_owner, page, row) => page.id(row, 'id') ?? ''),
  lookbackMs: ({ config }) => config.lookback_days * DAY_MS,
  atOnce: AT_ONCE,
  read: (asked) => listedEntries(asked, '/comments'),
  context: ofPullRequest,
});
