import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { NO_PROJECT } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { flag, integer, object, text } from '../schemas/columns.ts';

/** All components of the configured projects. */
export const projectComponents = defineStream<JiraApi>()({
  name: 'project_components',
  description: 'A component of a project, with its lead and number of issues.',
  schema: {
    properties: {
      id: { type: 'string' },
      self: text,
      name: text,
      description: text,
      project: { ...text, description: 'key of the project' },
      projectId: integer,
      lead: object,
      assigneeType: text,
      assignee: object,
      realAssigneeType: text,
      realAssignee: object,
      isAssigneeTypeValid: flag,
      issueCount: integer,
      componentBean: object,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  partitions: (api, _saved, listing) => api.projects(listing),
  read: ({ api, partition: { key }, select }) => {
    const path = `/rest/api/3/project/${key}/component`;
    const asked = { stream: 'project_components', id: key, path };
    return unless([NO_PROJECT], asked, api, api.list(path, {}, select));
  },
});
