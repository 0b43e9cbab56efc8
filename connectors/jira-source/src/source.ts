import { defineSource } from '@headrace/sdk';
import { jiraApi } from './api.ts';
import { config } from './config.ts';
import { streamOn } from './schemas/deployment-types.ts';
import { ON_DATA_CENTER } from './site/data-center.ts';
import { attachments } from './streams/attachments.ts';
import { auditRecords } from './streams/audit-records.ts';
import { boardIssues } from './streams/board-issues.ts';
import { boards } from './streams/boards.ts';
import { comments } from './streams/comments.ts';
import { devStatus } from './streams/dev-status.ts';
import { fields } from './streams/fields.ts';
import { issueChangelogs } from './streams/issue-changelogs.ts';
import { issueDeletions } from './streams/issue-deletions.ts';
import { issueLinkTypes } from './streams/issue-link-types.ts';
import { issueTypes } from './streams/issue-types.ts';
import { issues } from './streams/issues.ts';
import { labels } from './streams/labels.ts';
import { permissionSchemes } from './streams/permission-schemes.ts';
import { priorities } from './streams/priorities.ts';
import { projectComponents } from './streams/project-components.ts';
import { projectVersions } from './streams/project-versions.ts';
import { projects } from './streams/projects.ts';
import { resolutions } from './streams/resolutions.ts';
import { sprintIssues } from './streams/sprint-issues.ts';
import { sprints } from './streams/sprints.ts';
import { statuses } from './streams/statuses.ts';
import { referencedUsers, userReferences, usersOf } from './streams/users.ts';
import { workflows } from './streams/workflows.ts';
import { worklogDeletions } from './streams/worklog-deletions.ts';
import { worklogs } from './streams/worklogs.ts';

/** All streams, with `users` in its default mode. Data Center has only some of them. */
export const streams = [
  issues,
  issueChangelogs,
  comments,
  worklogs,
  worklogDeletions,
  attachments,
  devStatus,
  issueDeletions,
  projects,
  projectVersions,
  projectComponents,
  boards,
  boardIssues,
  sprints,
  sprintIssues,
  referencedUsers,
  fields,
  statuses,
  issueTypes,
  priorities,
  resolutions,
  labels,
  issueLinkTypes,
  permissionSchemes,
  workflows,
  auditRecords,
];

/** Jira Cloud and Jira Data Center. */
export default defineSource({
  name: 'jira-source',
  vendor: 'jira',
  documentationUrl: 'https://github.com/headrace/headrace/tree/main/connectors/jira-source',
  config,
  start: 'start_date',
  origin: ({ base_url }) => new URL(base_url).host,
  former: {
    option: 'former_base_url',
    origins: ({ former_base_url: url }) => (url === undefined ? [] : [new URL(url).host]),
  },
  open: jiraApi,
  concurrency: ({ concurrency }) => concurrency,
  check: async (api) => {
    await api.whoAmI();
    await api.projects();
  },
  streams: async (api) => {
    const all = streams.map((stream) => (stream === referencedUsers ? usersOf(api) : stream));
    const here = api.deployment === 'cloud' ? all : all.filter(({ name }) => ON_DATA_CENTER.has(name));
    return here.map((stream) => streamOn(api.deployment, stream));
  },
  references: userReferences,
  names: (api) => api.projectNames(),
  close: async (api) => api.close(),
});
