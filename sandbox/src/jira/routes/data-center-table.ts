import { findUsers, getOffsetSearch, listProjects, listUsers, postOffsetSearch } from './data-center.ts';
import { comments, getIssue } from './issues.ts';
import { fields } from './lists.ts';
import { getProject } from './projects.ts';
import type { JiraRoute } from './route.ts';
import { myPermissions, myself, serverInfo } from './site.ts';
import { deletedWorklogs, issueWorklogs, listWorklogs, updatedWorklogs } from './worklogs.ts';

/** Anonymous callers are refused before the route is looked up; see `accessOf`. */
const route = (method: JiraRoute['method'], template: string, handle: JiraRoute['handle']): JiraRoute => ({
  method,
  template,
  handle,
  anonymous: handle,
});

/** Every vendor endpoint of a Data Center sandbox. */
export const DATA_CENTER_ROUTES: readonly JiraRoute[] = [
  route('GET', '/rest/api/2/serverInfo', serverInfo),
  route('GET', '/rest/api/2/myself', myself),
  route('GET', '/rest/api/2/mypermissions', myPermissions),
  route('GET', '/rest/api/2/field', fields),
  route('GET', '/rest/api/2/project', listProjects),
  route('GET', '/rest/api/2/project/{idOrKey}', getProject),
  route('GET', '/rest/api/2/user/search', findUsers),
  route('GET', '/rest/api/2/user/list', listUsers),
  route('GET', '/rest/api/2/search', getOffsetSearch),
  route('POST', '/rest/api/2/search', postOffsetSearch),
  route('GET', '/rest/api/2/issue/{idOrKey}', getIssue),
  route('GET', '/rest/api/2/issue/{idOrKey}/comment', comments),
  route('GET', '/rest/api/2/issue/{idOrKey}/worklog', issueWorklogs),
  route('GET', '/rest/api/2/worklog/updated', updatedWorklogs),
  route('GET', '/rest/api/2/worklog/deleted', deletedWorklogs),
  route('POST', '/rest/api/2/worklog/list', listWorklogs),
];
