import type { Workspace } from '../store/facts.ts';
import type { Person } from '../store/people.ts';
import { dateOf } from './dates.ts';
import { API, userBody, WEB, workspaceReference } from './references.ts';

/** `GET /workspaces/{workspace}` */
export function workspaceBody(workspace: Workspace): object {
  const { slug, uuid, name, createdAt } = workspace;
  const self = `${API}/workspaces/${slug}`;
  return {
    uuid,
    links: {
      owners: { href: `${self}/members?q=permission%3D%22owner%22` },
      self: { href: self },
      repositories: { href: `${API}/repositories/${slug}` },
      snippets: { href: `${API}/snippets/${slug}` },
      html: { href: `${WEB}/${slug}/` },
      avatar: { href: `${WEB}/workspaces/${slug}/avatar/?ts=${Math.floor(createdAt / 1000)}` },
      members: { href: `${self}/members` },
      projects: { href: `${self}/projects` },
    },
    created_on: dateOf(createdAt),
    type: 'workspace',
    slug,
    is_private: true,
    name,
    updated_on: null,
    forking_mode: 'allow_forks',
  };
}

/** A row of `GET /user/workspaces`: the workspace without its name. */
export function accessBody({ uuid, slug }: Workspace, administrator: boolean): object {
  return {
    type: 'workspace_access',
    administrator,
    workspace: { type: 'workspace_base', uuid, slug, links: { self: { href: `${API}/workspaces/${slug}` } } },
  };
}

/** A row of `GET /workspaces/{workspace}/members`. It has no e-mail address. */
export function memberBody(workspace: Workspace, person: Person): object {
  return {
    type: 'workspace_membership',
    user: userBody(person),
    workspace: workspaceReference(workspace),
    links: { self: { href: `${API}/workspaces/${workspace.slug}/members/${person.uuid}` } },
  };
}
