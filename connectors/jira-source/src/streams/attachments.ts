import { entriesByTime } from '@headrace/sdk';
import { attachmentPages } from '../issues/entries.ts';
import { CENSUS, issueScan } from '../issues/scan.ts';

/** Metadata of the files attached to issues, without the files themselves. */
export const attachments = issueScan.entries({
  name: 'attachments',
  description: 'A file that is attached to an issue: its name, size, type and where it is, not its content.',
  schema: {
    properties: {
      id: { type: 'string' },
      self: { type: ['null', 'string'] },
      filename: { type: ['null', 'string'] },
      author: { type: ['null', 'object'], additionalProperties: true },
      created: { type: ['null', 'string'] },
      size: { type: ['null', 'integer'] },
      mimeType: { type: ['null', 'string'] },
      content: { type: ['null', 'string'] },
      thumbnail: { type: ['null', 'string'] },
      properties: { type: ['null', 'object'], additionalProperties: true },
      issueId: { type: 'string' },
      issueKey: { type: ['null', 'string'], description: 'the key when the attachment was read' },
    },
  },
  primaryKey: ['id'],
  cursorField: 'created',
  follows: CENSUS,
  record: { id: 'id', created: 'created' },
  sent: entriesByTime('id', 'created'),
  read: ({ parents, select }) => attachmentPages(parents, select),
  context: {
    issueId: (_page, _row, issue) => issue.key,
    issueKey: (_page, _row, issue) => issue.page.text(issue.row, 'key'),
  },
});
