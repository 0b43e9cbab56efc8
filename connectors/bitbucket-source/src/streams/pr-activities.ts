import { entriesByTime } from '@headrace/sdk';
import { activityPages } from '../activities/entries.ts';
import { AT_ONCE, ofPullRequest } from '../pull-requests/children.ts';
import { DAY_MS, type PullRequest, pullRequestScan } from '../pull-requests/scan.ts';
import { object, pullRequestId, repositoryUuid, time } from '../schemas/columns.ts';
import { lacks } from '../site/access.ts';

/** What happened to pull requests: the only source of approvals, requested changes and state changes. */
export const prActivities = pullRequestScan.entries<'activity_id' | 'date', PullRequest>({
  name: 'pr_activities',
  description:
    'An entry of a pull request’s activity: an update, comment, approval or request for changes. Bitbucket gives it no id, so activity_id is derived from what it says.',
  schema: {
    properties: {
      pull_request: object,
      update: { ...object, description: 'what was changed, and the state of the pull request then' },
      comment: object,
      approval: object,
      changes_requested: object,
      activity_id: { type: 'string', description: 'derived: the same each time the entry is read' },
      date: { ...time, description: 'when it happened' },
      repository_uuid: repositoryUuid,
      pull_request_id: pullRequestId,
    },
  },
  primaryKey: ['repository_uuid', 'pull_request_id', 'activity_id'],
  cursorField: 'date',
  access: lacks('pullrequest'),
  record: { activity_id: 'activity_id', date: 'date' },
  sent: entriesByTime('activity_id', 'date'),
  lookbackMs: ({ config }) => config.lookback_days * DAY_MS,
  atOnce: 4 * AT_ONCE,
  read: activityPages,
  context: ofPullRequest,
});
