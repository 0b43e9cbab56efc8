import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { boardPages } from '../boards/boards.ts';
import { flag, object, text } from '../schemas/columns.ts';

/** All boards that the account can see. */
export const boards = defineStream<JiraApi>()({
  name: 'boards',
  description: 'A board that the account can see: Scrum, Kanban, or one of a team-managed project (simple).',
  schema: {
    properties: {
      id: { type: 'integer' },
      self: text,
      name: text,
      type: { ...text, description: 'scrum, kanban or simple' },
      location: { ...object, description: 'the project or person that it belongs to' },
      isPrivate: flag,
      canEdit: flag,
      favourite: flag,
      admins: object,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  read: ({ api, select }) => boardPages(api, select),
});
