import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { boards, sprintPages } from '../boards/boards.ts';
import { integer, text, utcTime } from '../schemas/columns.ts';

/** The sprints of every board, including closed ones. A sprint that several boards share appears once for each. */
export const sprints = defineStream<JiraApi>()({
  name: 'sprints',
  description: 'A sprint of a board. A sprint that several boards share appears once for each.',
  schema: {
    properties: {
      id: { type: 'integer' },
      boardId: { type: 'integer', description: 'the board that it was found on' },
      originBoardId: { ...integer, description: 'the board that it was created on' },
      self: text,
      state: { ...text, description: 'future, active or closed' },
      name: text,
      goal: text,
      createdDate: utcTime,
      startDate: utcTime,
      endDate: utcTime,
      completeDate: utcTime,
    },
  },
  primaryKey: ['id', 'boardId'],
  record: { id: 'id' },
  partitions: boards,
  read: ({ api, partition, select }) => sprintPages(api, 'sprints', partition, select),
  context: { boardId: (_page, _row, board) => Number(board.key) },
});
