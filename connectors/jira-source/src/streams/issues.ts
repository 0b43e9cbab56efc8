import { defineStream, timeWindow } from '@headrace/sdk';
import { issuesIn, type JiraApi, utc } from '../api.ts';

/** Every issue with all its fields, again whenever it was updated. */
export const issues = defineStream<JiraApi>()({
  name: 'issues',
  description: 'An issue as the search API shows it, with all its fields; sent again when it was updated.',
  schema: {
    properties: {
      id: { type: 'string', description: 'stays the same when the issue is moved' },
      key: { type: 'string' },
      self: { type: ['null', 'string'] },
      expand: { type: ['null', 'string'] },
      fields: { type: 'object', additionalProperties: true },
      renderedFields: { type: ['null', 'object'], additionalProperties: true },
      changelog: { type: ['null', 'object'], additionalProperties: true },
      transitions: { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } },
      updated: { type: ['null', 'string'], format: 'date-time', description: 'fields.updated in UTC' },
      created: { type: ['null', 'string'], format: 'date-time', description: 'fields.created in UTC' },
      projectId: { type: ['null', 'string'] },
      projectKey: { type: ['null', 'string'] },
    },
  },
  primaryKey: ['id'],
  cursorField: 'updated',
  record: {
    id: 'id',
    updated: 'fields.updated',
    created: 'fields.created',
    projectId: 'fields.project.id',
    projectKey: 'fields.project.key',
  },
  partitions: (api) => api.projects(),
  cursor: ({ config, count }, project) =>
    timeWindow({
      key: 'id',
      value: 'updated',
      safetyMinutes: config.safety_window_minutes,
      start: config.start_date === undefined ? undefined : Date.parse(config.start_date),
      count: (range) => count(issuesIn(project, range)),
    }),
  read: ({ api, partition, from, select }) => api.search(issuesIn(partition, from), select),
  context: {
    updated: (page, row) => utc(page.instant(row, 'updated')),
    created: (page, row) => utc(page.instant(row, 'created')),
    projectId: (page, row) => page.text(row, 'projectId'),
    projectKey: (page, row) => page.text(row, 'projectKey'),
  },
});
