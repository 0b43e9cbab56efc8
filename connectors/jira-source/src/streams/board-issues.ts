import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { boards, referencePages } from '../boards/boards.ts';
import { NO_BOARD, NO_COLUMNS } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { text } from '../schemas/columns.ts';

/** Which issues are on which board. */
export const boardIssues = defineStream<JiraApi>()({
  name: 'board_issues',
  description: 'An issue on a board, as a reference without the issue’s fields.',
  schema: {
    properties: {
      boardId: { type: 'integer' },
      id: { type: 'string', description: 'of the issue' },
      key: { type: 'string', description: 'of the issue' },
      self: text,
      expand: text,
    },
  },
  primaryKey: ['boardId', 'id'],
  partitions: boards,
  read: ({ api, partition: { key }, select }) => {
    const path = `/rest/software/1.0/board/${key}/issue`;
    const asked = { stream: 'board_issues', id: key, path };
    return unless([NO_BOARD, NO_COLUMNS], asked, api, referencePages(api, path, select));
  },
  context: { boardId: (_page, _row, board) => Number(board.key) },
});
