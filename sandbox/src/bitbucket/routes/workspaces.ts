import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { json, problem, raw } from '../answer.ts';
import { userBody } from '../bodies/references.ts';
import {
  accessList,
  memberList,
  repositoryBytes,
  repositoryList,
  workspaceBytes,
} from '../lists/workspaces.ts';
import type { Site } from '../site.ts';
import { repositoryOf, workspaceOf } from './find.ts';
import { listed, queriedFields } from './list.ts';

/** `GET /user` */
export function user({ store }: Site): Answer {
  const [first] = store.people;
  return json({ ...userBody(first!), username: 'headrace-demo', account_status: 'active', is_staff: false });
}

/** `GET /user/workspaces` */
export function userWorkspaces(site: Site, call: Call): Answer {
  return listed(site, call, accessList(site), { most: 100 });
}

/** `GET /workspaces/{workspace}` */
export function workspace(site: Site, call: Call): Answer {
  return raw(workspaceBytes(site, workspaceOf(site, call)));
}

/** `GET /workspaces/{workspace}/members` */
export function members(site: Site, call: Call): Answer {
  return listed(site, call, memberList(site, workspaceOf(site, call)), { most: 100, standard: 50 });
}

/** `GET /workspaces/{workspace}/permissions/…` */
export function permissions(): Answer {
  return problem(403, 'This API is only accessible to workspace administrators.');
}

/** `GET /repositories/{workspace}`. A repository's token sees its own one, and only with a project in `q`. */
export function repositories(site: Site, call: Call): Answer {
  const list = repositoryList(site, workspaceOf(site, call));
  if (call.caller !== 'repository-token') return listed(site, call, list, { most: 100 });
  if (!queriedFields(call).includes('project.key'))
    return problem(403, 'Access denied. You must have read or higher access.');
  const [own] = site.store.repositories;
  return listed(site, call, { ...list, items: list.items.filter((one) => one === own) }, { most: 100 });
}

/** `GET /repositories/{workspace}/{repository}` */
export function repository(site: Site, call: Call): Answer {
  return raw(repositoryBytes(site, repositoryOf(site, call)));
}

/** What once listed workspaces and repositories over all workspaces (CHANGE-2770). */
export function removed({ removedStatus }: Site): Answer {
  if (removedStatus === 404) return problem(404, 'Resource not found');
  if (removedStatus === 401)
    return problem(401, 'Token is invalid, expired, or not supported for this endpoint.');
  return problem(410, 'This endpoint has been removed.', {
    data: { announcement_url: 'https://developer.atlassian.com/cloud/bitbucket/changelog/#CHANGE-2770' },
  });
}
