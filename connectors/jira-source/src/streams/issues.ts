import { CENSUS, issueScan, utc } from '../issues/scan.ts';

/** All issues with all fields. An issue is sent again after each update. */
export const issues = issueScan.records({
  name: 'issues',
  description: 'An issue as returned by the search API, with all its fields. Sent again after each update.',
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
  follows: CENSUS,
  context: {
    updated: (page, row) => utc(page.instant(row, 'updated')),
    created: (page, row) => utc(page.instant(row, 'created')),
    projectId: (page, row) => page.text(row, 'projectId'),
    projectKey: (page, row) => page.text(row, 'projectKey'),
  },
});
