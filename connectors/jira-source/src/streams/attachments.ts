import { entriesByTime } from '@headrace/sdk';
import { attachmentPages } from '../issues/entries.ts';
import { CENSUS, issueScan } from '../issues/scan.ts';

/** Metadata of the files attached to issues, without the files themselves. */
export const attachments = issueScan.entries({
  name: 'attachments',
  description: 'A file attached to an issue: name, size, type and URL, without the content.',
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
