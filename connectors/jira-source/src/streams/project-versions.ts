import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { NO_PROJECT } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { flag, integer, object, objects, text } from '../schemas/columns.ts';

/** Additional information about versions. */
const EXPAND = 'driver,approvers,issuesstatus';

/** All versions of the configured projects, including released and archived ones. */
export const projectVersions = defineStream<JiraApi>()({
  name: 'project_versions',
  description: 'A version of a project, including released and archived ones.',
  schema: {
    properties: {
      id: { type: 'string' },
      self: text,
      name: text,
      description: text,
      projectId: integer,
      archived: flag,
      released: flag,
      overdue: flag,
      startDate: { ...text, description: 'yyyy-mm-dd' },
      releaseDate: { ...text, description: 'yyyy-mm-dd' },
      userStartDate: { ...text, description: 'startDate in the site’s date format' },
      userReleaseDate: { ...text, description: 'releaseDate in the site’s date format' },
      moveUnfixedIssuesTo: text,
      driver: { ...text, description: 'account id' },
      approvers: objects,
      issuesStatusForFixVersion: { ...object, description: 'how many issues are to do, in progress, done' },
      expand: text,
      operations: objects,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  partitions: (api, _saved, listing) => api.projects(listing),
  read: ({ api, partition: { key }, select }) => {
    const path = `/rest/api/3/project/${key}/version`;
    const asked = { stream: 'project_versions', id: key, path };
    return unless([NO_PROJECT], asked, api, api.list(path, { expand: EXPAND }, select));
  },
});
