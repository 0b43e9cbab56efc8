import { entriesByTime } from '@headrace/sdk';
import { commentPages } from '../issues/entries.ts';
import { CENSUS, issueScan } from '../issues/scan.ts';

const user = { type: ['null', 'object'], additionalProperties: true };

/** Comments of issues. A comment is sent again after each edit. */
export const comments = issueScan.entries({
  name: 'comments',
  description: 'A comment on an issue. Sent again after each edit.',
  schema: {
    properties: {
      id: { type: 'string' },
      self: { type: ['null', 'string'] },
      author: user,
      body: {
        type: ['null', 'object', 'string'],
        description: 'a document (ADF) on Cloud, wiki markup on Data Center',
      },
      updateAuthor: user,
      created: { type: ['null', 'string'] },
      updated: { type: ['null', 'string'] },
      visibility: { type: ['null', 'object'], additionalProperties: true },
      jsdPublic: { type: ['null', 'boolean'] },
      jsdAuthorCanSeeRequest: { type: ['null', 'boolean'] },
      parentId: { type: ['null', 'integer'], description: 'Cloud: the comment that it replies to' },
      renderedBody: { type: ['null', 'string'] },
      properties: { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } },
      issueId: { type: 'string' },
      issueKey: { type: ['null', 'string'], description: 'the key when the comment was read' },
    },
  },
  primaryKey: ['id'],
  cursorField: 'updated',
  follows: CENSUS,
  record: { id: 'id', updated: 'updated' },
  sent: entriesByTime('id', 'updated'),
  read: ({ api, parents, select, doubt }) => commentPages(api, parents, select, doubt),
  context: {
    issueId: (_page, _row, issue) => issue.key,
    issueKey: (_page, _row, issue) => issue.page.text(issue.row, 'key'),
  },
});
