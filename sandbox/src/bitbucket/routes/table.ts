import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import type { Route } from '../../http/route.ts';
import type { Scope } from '../credentials.ts';
import type { Site } from '../site.ts';
import { activity, pullRequestCommits, repositoryActivity } from './activity.ts';
import { commit, commits, commitsFrom } from './commits.ts';
import { accessToken } from './oauth.ts';
import { truthLines } from './own.ts';
import { deployments, pipeline, pipelines, steps } from './pipelines.ts';
import {
  comment,
  comments,
  diffstat,
  pullRequest,
  pullRequestDiffstat,
  pullRequests,
} from './pull-requests.ts';
import { allRefs, branch, branches, tag, tags } from './refs.ts';
import type { BitbucketRoute } from './route.ts';
import {
  members,
  permissions,
  removed,
  repositories,
  repository,
  user,
  userWorkspaces,
  workspace,
} from './workspaces.ts';

type Handle = (site: Site, call: Call) => Answer;

const REPOSITORY = '/2.0/repositories/{workspace}/{repository}';

const get = (template: string, scope: Scope | undefined, handle: Handle): BitbucketRoute => ({
  method: 'GET',
  template,
  scope,
  handle,
});
const below = (path: string, scope: Scope, handle: Handle): BitbucketRoute =>
  get(`${REPOSITORY}/${path}`, scope, handle);

/** The endpoints of Bitbucket Cloud that connectors use. */
export const ROUTES: readonly BitbucketRoute[] = [
  { method: 'POST', template: '/site/oauth2/access_token', scope: undefined, handle: accessToken },
  { ...get('/2.0/user', 'user', user), usersOnly: true },
  { ...get('/2.0/user/workspaces', 'workspace', userWorkspaces), usersOnly: true },
  get('/2.0/workspaces', undefined, removed),
  get('/2.0/repositories', undefined, removed),
  get('/2.0/user/permissions/{kind}', undefined, removed),
  get('/2.0/workspaces/{workspace}', 'workspace', workspace),
  get('/2.0/workspaces/{workspace}/members', 'workspace', members),
  get('/2.0/workspaces/{workspace}/permissions{rest*}', 'workspace', permissions),
  get('/2.0/repositories/{workspace}', 'repository', repositories),
  get(REPOSITORY, 'repository', repository),
  below('refs', 'repository', allRefs),
  below('refs/branches', 'repository', branches),
  below('refs/branches/{name*}', 'repository', branch),
  below('refs/tags', 'repository', tags),
  below('refs/tags/{name*}', 'repository', tag),
  below('commits', 'repository', commits),
  { ...below('commits', 'repository', commits), method: 'POST' },
  below('commits/{revision*}', 'repository', commitsFrom),
  { ...below('commits/{revision*}', 'repository', commitsFrom), method: 'POST' },
  below('commit/{hash}', 'repository', commit),
  below('pullrequests', 'pullrequest', pullRequests),
  below('pullrequests/activity', 'pullrequest', repositoryActivity),
  below('pullrequests/{id}', 'pullrequest', pullRequest),
  below('pullrequests/{id}/activity', 'pullrequest', activity),
  below('pullrequests/{id}/comments', 'pullrequest', comments),
  below('pullrequests/{id}/comments/{comment}', 'pullrequest', comment),
  below('pullrequests/{id}/commits', 'pullrequest', pullRequestCommits),
  below('pullrequests/{id}/diffstat', 'pullrequest', pullRequestDiffstat),
  below('diffstat/{spec*}', 'repository', diffstat),
  below('pipelines/', 'pipeline', pipelines),
  below('pipelines/{uuid}', 'pipeline', pipeline),
  below('pipelines/{uuid}/steps/', 'pipeline', steps),
  below('deployments/', 'pipeline', deployments),
];

/** Endpoints below `/_sandbox/` besides control and stats. */
export const OWN_ROUTES: readonly Route<Site>[] = [
  { method: 'GET', template: '/_sandbox/truth/{stream}', handle: truthLines },
];
