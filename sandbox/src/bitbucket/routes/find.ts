import { redirect } from '../../http/answer.ts';
import { type Call, originOf } from '../../http/call.ts';
import { Refusal } from '../../http/refusal.ts';
import { refuse } from '../answer.ts';
import { fullName } from '../bodies/references.ts';
import type { Site } from '../site.ts';
import type { PullRequest, Repository, Workspace } from '../store/facts.ts';

/** The workspace of a request's path, by slug or uuid. */
export function workspaceOf({ store }: Site, { params }: Call): Workspace {
  const found = store.workspaces.find(
    ({ slug, uuid }) => params.workspace === slug || params.workspace === uuid,
  );
  if (!found) throw refuse(404, `No workspace with identifier '${params.workspace}'.`);
  return found;
}

const NOT_THERE =
  'You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.';

/**
 * The repository of a request's path, by slug or uuid. The former slug of a renamed one redirects; a transferred or
 * deleted one is not there; a denied one is refused.
 */
export function repositoryOf(site: Site, call: Call): Repository {
  const { store, formerNames, denials } = site;
  const { workspace = '', repository: name = '' } = call.params;
  const found = store.repositories.find((one) => isNamed(one, workspace, name));
  if (!found) {
    const moved = formerNames.get(`${workspace}/${name}`);
    if (moved && !moved.isDeleted) throw new Refusal('moved', 301, redirect(addressOf(call, moved), 301));
    throw refuse(404, NOT_THERE);
  }
  if (call.caller === 'repository-token' && found !== store.repositories[0])
    throw refuse(403, 'Access denied. You must have read or higher access.');
  const rest = call.path.split('/').slice(5).join('/');
  const denial = denials.find(
    ({ repository, below }) => repository === found && (below === undefined || isBelow(rest, below)),
  );
  if (denial)
    throw denial.status === 404
      ? refuse(404, NOT_THERE)
      : refuse(403, 'Access denied. You must have write or admin access.');
  return found;
}

function isNamed(one: Repository, workspace: string, name: string): boolean {
  if (one.isDeleted) return false;
  // A uuid is enough, whatever stands before it; `{}` is documented for that.
  if (name === one.uuid) return workspace === '{}' || isWorkspace(one.workspace, workspace);
  const recorded = one.recorded?.repository.facts.full_name;
  if (recorded !== undefined && recorded === `${workspace}/${name}`) return true;
  return name.toLowerCase() === one.slug && isWorkspace(one.workspace, workspace);
}

function isWorkspace({ slug, uuid }: Workspace, name: string): boolean {
  return name === uuid || name.toLowerCase() === slug;
}

function isBelow(path: string, below: string): boolean {
  return path === below || path.startsWith(`${below}/`);
}

function addressOf(call: Call, repository: Repository): string {
  const [path = '', query] = call.url.split('?', 2);
  const rest = path.split('/').slice(5);
  return `${originOf(call)}${['/2.0/repositories', fullName(repository), ...rest].join('/')}${query === undefined ? '' : `?${query}`}`;
}

/** The pull request of a request's path. */
export function pullRequestOf(site: Site, call: Call): PullRequest {
  const repository = repositoryOf(site, call);
  const found = repository.pullRequests.find(({ id }) => String(id) === call.params.id);
  if (!found) throw refuse(404, `Pull request ${call.params.id} not found`);
  return found;
}
