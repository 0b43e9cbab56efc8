import { defineStream, timeWindow } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { startOf } from '../config.ts';
import { changedWorklogs, HELD_BACK_MINUTES } from '../worklogs/changes.ts';

/** Deleted worklogs of all projects, because Jira does not say to which issue a worklog belonged. */
export const worklogDeletions = defineStream<JiraApi>()({
  name: 'worklog_deletions',
  description: 'A deleted worklog of any project. Jira does not say which project.',
  schema: {
    properties: {
      worklogId: { type: 'integer', description: 'the id of the worklog, which is a string in worklogs' },
      updatedTime: { type: 'integer', description: 'time of deletion in ms since 1970' },
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
