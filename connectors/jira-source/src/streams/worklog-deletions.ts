import { defineStream, timeWindow } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { startOf } from '../config.ts';
import { changedWorklogs, HELD_BACK_MINUTES } from '../worklogs/changes.ts';

/** Which worklogs were deleted when. Jira does not say which issue they belonged to, so all projects are included. */
export const worklogDeletions = defineStream<JiraApi>()({
  name: 'worklog_deletions',
  description: 'A worklog that was deleted, of any project: Jira no longer knows of which.',
  schema: {
    properties: {
      worklogId: { type: 'integer', description: 'the id of the worklog, there a string' },
      updatedTime: { type: 'integer', description: 'when it was deleted, in milliseconds since 1970' },
      properties: { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } },
    },
  },
  primaryKey: ['worklogId'],
  cursorField: 'updatedTime',
  record: { worklogId: 'worklogId', updatedTime: 'updatedTime' },
  cursor: ({ config }) =>
    timeWindow({
      key: 'worklogId',
      value: 'updatedTime',
      safetyMinutes: config.safety_window_minutes + HELD_BACK_MINUTES,
      start: startOf(config),
    }),
  read: ({ api, from, select }) =>
    changedWorklogs(api.http, api.path('/worklog/deleted'), from.since ?? 0, select),
});
