import { pullRequestScan } from '../pull-requests/scan.ts';
import { flag, integer, object, objects, repositoryUuid, text, time } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';

/** All pull requests, in every state. A pull request is sent again after each update. */
export const pullRequests = pullRequestScan.records({
  name: 'pull_requests',
  description: 'A pull request as the list of its repository shows it. Sent again after each update.',
  schema: {
    properties: {
      id: { type: 'integer', description: 'within its repository' },
      type: text,
      title: text,
      description: text,
      summary: object,
      rendered: object,
      state: { ...text, description: 'OPEN, MERGED, DECLINED or SUPERSEDED' },
      draft: flag,
      author: { ...object, description: 'null if the account is closed' },
      source: { ...object, description: 'repository and commit are null if the fork is gone' },
      destination: object,
      merge_commit: { ...object, description: 'with the first 12 characters of its hash' },
      comment_count: integer,
      task_count: integer,
      close_source_branch: flag,
      closed_by: object,
      reason: text,
      reviewers: objects,
      participants: objects,
      queued: flag,
      links: object,
      created_on: time,
      updated_on: time,
      repository_uuid: repositoryUuid,
    },
  },
  primaryKey: ['repository_uuid', 'id'],
  cursorField: 'updated_on',
  access: lacks('pullrequest'),
  context: { repository_uuid: (_page, _row, { key }) => key },
});
