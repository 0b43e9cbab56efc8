import { entriesByTime } from '@headrace/sdk';
import { CENSUS, issueScan } from '../issues/scan.ts';

const user = { type: ['null', 'object'], additionalProperties: true };

/** The history of issues: one record per change, with all fields that changed together. */
export const issueChangelogs = issueScan.entries({
  name: 'issue_changelogs',
  description: 'A change of an issue: who changed which fields, from what to what.',
  schema: {
    properties: {
      id: { type: 'string' },
      author: user,
      created: {
        type: ['null', 'integer', 'string'],
        description: 'in Jira’s format: ms since 1970 on Cloud, a timestamp on Data Center',
      },
      items: { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } },
      historyMetadata: { type: ['null', 'object'], additionalProperties: true },
      issueId: { type: 'string' },
      issueKey: { type: ['null', 'string'], description: 'the key when the change was read' },
    },
  },
  primaryKey: ['id'],
  cursorField: 'created',
  follows: CENSUS,
  record: { id: 'id', created: 'created' },
  sent: entriesByTime('id', 'created'),
  read: ({ api, parents, select, doubt }) => api.changelogs(parents, select, doubt),
  context: {
    issueId: (_page, _row, issue) => issue.key,
    issueKey: (_page, _row, issue) => issue.page.text(issue.row, 'key'),
  },
});
