import type { Route } from '../../http/route.ts';
import { json } from '../answer.ts';
import type { Site } from '../site.ts';
import { auditRecords } from './audit.ts';
import {
  boardConfiguration,
  boardIssues,
  getBoard,
  getSprint,
  listBoards,
  listSprints,
  noBoardIssues,
  removedIssueList,
  sprintIssues,
} from './boards.ts';
import { bulkChangelogs, noChangelogs } from './changelogs.ts';
import { bulkFetch, changelog, comments, getIssue, noBulk, notFound } from './issues.ts';
import {
  components,
  fields,
  issueTypes,
  labels,
  linkTypes,
  noProject,
  permissionSchemes,
  searchFields,
  searchPriorities,
  searchResolutions,
  searchStatuses,
  searchWorkflows,
  versions,
} from './lists.ts';
import { refreshToken } from './oauth.ts';
import { idsOf, issueBytes, projectsInfo } from './own.ts';
import { noValues } from './paged.ts';
import { detail, summary } from './panels.ts';
import { getProject, noProjects, searchProjects } from './projects.ts';
import type { JiraRoute } from './route.ts';
import { approximateCount, getSearch, noIssues, postSearch, removedSearch, zeroCount } from './search.ts';
import {
  configuration,
  myPermissions,
  myself,
  noPermissions,
  serverInfo,
  tenantInfo,
  unauthorized,
} from './site.ts';
import { bulkUsers, noUsers, searchUsers } from './users.ts';
import {
  deletedWorklogs,
  issueWorklogs,
  listWorklogs,
  noChangedWorklogs,
  updatedWorklogs,
  worklogBytes,
  worklogsInfo,
} from './worklogs.ts';

const nothing = () => json([]);

/**
 * All Jira Cloud endpoints of the sandbox, one line each: method and path, the handler for the account, and the
 * handler for anonymous callers (the same function if it makes no difference). To add an endpoint, add a line here
 * and a function in a file next to this one.
 */
export const ROUTES: readonly JiraRoute[] = [
  { method: 'GET', template: '/_edge/tenant_info', handle: tenantInfo, anonymous: tenantInfo },
  { method: 'POST', template: '/oauth/token', handle: refreshToken, anonymous: refreshToken },
  { method: 'GET', template: '/rest/api/3/serverInfo', handle: serverInfo, anonymous: serverInfo },
  { method: 'GET', template: '/rest/api/3/myself', handle: myself, anonymous: unauthorized },
  { method: 'GET', template: '/rest/api/3/configuration', handle: configuration, anonymous: unauthorized },
  { method: 'GET', template: '/rest/api/3/mypermissions', handle: myPermissions, anonymous: noPermissions },
  { method: 'GET', template: '/rest/api/3/field', handle: fields, anonymous: nothing },
  { method: 'GET', template: '/rest/api/3/field/search', handle: searchFields, anonymous: noValues },
  { method: 'GET', template: '/rest/api/3/project/search', handle: searchProjects, anonymous: noProjects },
  { method: 'GET', template: '/rest/api/3/project/{idOrKey}', handle: getProject, anonymous: noProject },
  {
    method: 'GET',
    template: '/rest/api/3/project/{idOrKey}/version',
    handle: versions,
    anonymous: noProject,
  },
  {
    method: 'GET',
    template: '/rest/api/3/project/{idOrKey}/component',
    handle: components,
    anonymous: noProject,
  },
  { method: 'GET', template: '/rest/api/3/statuses/search', handle: searchStatuses, anonymous: noValues },
  { method: 'GET', template: '/rest/api/3/issuetype', handle: issueTypes, anonymous: nothing },
  { method: 'GET', template: '/rest/api/3/priority/search', handle: searchPriorities, anonymous: noValues },
  {
    method: 'GET',
    template: '/rest/api/3/resolution/search',
    handle: searchResolutions,
    anonymous: noValues,
  },
  { method: 'GET', template: '/rest/api/3/issueLinkType', handle: linkTypes, anonymous: unauthorized },
  {
    method: 'GET',
    template: '/rest/api/3/permissionscheme',
    handle: permissionSchemes,
    anonymous: unauthorized,
  },
  {
    method: 'GET',
    template: '/rest/api/3/workflows/search',
    handle: searchWorkflows,
    anonymous: unauthorized,
  },
  { method: 'GET', template: '/rest/api/3/label', handle: labels, anonymous: noValues },
  { method: 'GET', template: '/rest/api/3/auditing/record', handle: auditRecords, anonymous: unauthorized },
  { method: 'GET', template: '/rest/agile/1.0/board', handle: listBoards, anonymous: noValues },
  { method: 'GET', template: '/rest/agile/1.0/board/{boardId}', handle: getBoard, anonymous: unauthorized },
  {
    method: 'GET',
    template: '/rest/agile/1.0/board/{boardId}/configuration',
    handle: boardConfiguration,
    anonymous: unauthorized,
  },
  {
    method: 'GET',
    template: '/rest/agile/1.0/sprint/{sprintId}',
    handle: getSprint,
    anonymous: unauthorized,
  },
  {
    method: 'GET',
    template: '/rest/agile/1.0/board/{boardId}/sprint',
    handle: listSprints,
    anonymous: noValues,
  },
  {
    method: 'GET',
    template: '/rest/software/1.0/board/{boardId}/issue',
    handle: boardIssues,
    anonymous: noBoardIssues,
  },
  {
    method: 'GET',
    template: '/rest/software/1.0/sprint/{sprintId}/issue',
    handle: sprintIssues,
    anonymous: noBoardIssues,
  },
  ...[
    '/rest/agile/1.0/board/{boardId}/issue',
    '/rest/agile/1.0/board/{boardId}/backlog',
    '/rest/agile/1.0/board/{boardId}/sprint/{sprintId}/issue',
    '/rest/agile/1.0/sprint/{sprintId}/issue',
  ].map(
    (template): JiraRoute => ({
      method: 'GET',
      template,
      handle: removedIssueList,
      anonymous: removedIssueList,
    }),
  ),
  { method: 'GET', template: '/rest/api/3/users/search', handle: searchUsers, anonymous: nothing },
  { method: 'GET', template: '/rest/api/3/user/bulk', handle: bulkUsers, anonymous: noUsers },
  { method: 'POST', template: '/rest/api/3/search/jql', handle: postSearch, anonymous: noIssues },
  { method: 'GET', template: '/rest/api/3/search/jql', handle: getSearch, anonymous: noIssues },
  {
    method: 'POST',
    template: '/rest/api/3/search/approximate-count',
    handle: approximateCount,
    anonymous: zeroCount,
  },
  { method: 'GET', template: '/rest/api/3/search', handle: removedSearch, anonymous: removedSearch },
  { method: 'POST', template: '/rest/api/3/search', handle: removedSearch, anonymous: removedSearch },
  { method: 'GET', template: '/rest/api/2/search', handle: removedSearch, anonymous: removedSearch },
  { method: 'POST', template: '/rest/api/2/search', handle: removedSearch, anonymous: removedSearch },
  { method: 'POST', template: '/rest/api/3/issue/bulkfetch', handle: bulkFetch, anonymous: noBulk },
  { method: 'GET', template: '/rest/api/3/issue/{idOrKey}', handle: getIssue, anonymous: notFound },
  { method: 'GET', template: '/rest/api/3/issue/{idOrKey}/comment', handle: comments, anonymous: notFound },
  {
    method: 'GET',
    template: '/rest/api/3/issue/{idOrKey}/changelog',
    handle: changelog,
    anonymous: notFound,
  },
  {
    method: 'GET',
    template: '/rest/api/3/issue/{idOrKey}/worklog',
    handle: issueWorklogs,
    anonymous: notFound,
  },
  {
    method: 'GET',
    template: '/rest/api/3/worklog/updated',
    handle: updatedWorklogs,
    anonymous: noChangedWorklogs,
  },
  {
    method: 'GET',
    template: '/rest/api/3/worklog/deleted',
    handle: deletedWorklogs,
    anonymous: noChangedWorklogs,
  },
  { method: 'POST', template: '/rest/api/3/worklog/list', handle: listWorklogs, anonymous: nothing },
  {
    method: 'POST',
    template: '/rest/api/3/changelog/bulkfetch',
    handle: bulkChangelogs,
    anonymous: noChangelogs,
  },
  { method: 'GET', template: '/rest/dev-status/1.0/issue/summary', handle: summary, anonymous: notFound },
  { method: 'GET', template: '/rest/dev-status/1.0/issue/detail', handle: detail, anonymous: notFound },
];

/** The sandbox's own endpoints for Jira, besides control and stats. */
export const OWN_ROUTES: readonly Route<Site>[] = [
  { method: 'GET', template: '/_sandbox/ids', handle: idsOf },
  { method: 'GET', template: '/_sandbox/projects', handle: projectsInfo },
  { method: 'GET', template: '/_sandbox/worklogs', handle: worklogsInfo },
  { method: 'GET', template: '/_sandbox/worklog/{id}', handle: worklogBytes },
  { method: 'GET', template: '/_sandbox/issue/{idOrKey}', handle: issueBytes },
];
