import { bytesOf } from '../bodies/bytes.ts';
import { fullName } from '../bodies/references.ts';
import { repositoryBody } from '../bodies/repository.ts';
import { accessBody, memberBody, workspaceBody } from '../bodies/workspace.ts';
import { type AnyListing, instant, listing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import type { Repository, Workspace } from '../store/facts.ts';
import type { Person } from '../store/people.ts';

/** `GET /user/workspaces`. The account administers the first one. */
export function accessList({ store }: Site): AnyListing {
  return listing(
    store.workspaces,
    { 'workspace.slug': ({ slug }: Workspace) => slug, 'workspace.uuid': ({ uuid }) => uuid },
    (workspace) => Buffer.from(JSON.stringify(accessBody(workspace, workspace.index === 0))),
  );
}

export function workspaceBytes({ settings }: Site, workspace: Workspace): Buffer {
  return bytesOf(workspaceBody(workspace), workspace.index + 3, settings.awkward);
}

export function memberList({ settings }: Site, workspace: Workspace): AnyListing {
  return listing(workspace.members, { 'user.uuid': ({ uuid }: Person) => uuid }, (person) =>
    bytesOf(memberBody(workspace, person), person.index, settings.awkward),
  );
}

/** The repositories of a workspace, whether their paths may be read or not. */
export function repositoryList(site: Site, workspace: Workspace): AnyListing {
  return listing(
    site.store.repositories.filter((one) => one.workspace === workspace && !one.isDeleted),
    {
      uuid: ({ uuid }: Repository) => uuid,
      name: ({ name }) => name,
      slug: ({ slug }) => slug,
      full_name: fullName,
      created_on: ({ createdAt }) => instant(createdAt),
      updated_on: ({ updatedAt }) => instant(updatedAt),
      'project.key': ({ projectKey }) => projectKey,
      is_private: () => true,
    },
    (repository) => repositoryBytes(site, repository),
  );
}

export function repositoryBytes({ settings }: Site, repository: Repository): Buffer {
  return (
    repository.recorded?.repository.bytes ??
    bytesOf(repositoryBody(repository, settings.seed), repository.index, settings.awkward)
  );
}
