import { defineStream, timeWindow } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { auditPages } from '../audit/audit-log.ts';
import { object, objects, text } from '../schemas/columns.ts';

/** All records of the audit log, as far back as Jira keeps them. */
export const auditRecords = defineStream<JiraApi>()({
  name: 'audit_records',
  description: 'An entry of the site’s audit log: what an administrator or an app changed.',
  schema: {
    properties: {
      id: { type: 'integer' },
      created: { type: 'string' },
      summary: text,
      category: text,
      eventSource: text,
      description: text,
      authorAccountId: text,
      authorKey: text,
      remoteAddress: text,
      objectItem: object,
      changedValues: objects,
      associatedItems: objects,
    },
  },
  primaryKey: ['id'],
  cursorField: 'created',
  record: { id: 'id', created: 'created' },
  access: async (api) => ((await api.lacks('ADMINISTER')) ? 'Administer Jira' : undefined),
  cursor: ({ config }) =>
    timeWindow({
      key: 'id',
      value: 'created',
      safetyMinutes: config.safety_window_minutes,
      start: config.start_date === undefined ? undefined : Date.parse(config.start_date),
    }),
  read: ({ api, from, select }) => auditPages(api, from, select),
});
