import type { Commit, Repository, Workspace } from '../store/facts.ts';
import type { Person } from '../store/people.ts';

/** Links in bodies name the vendor's hosts, wherever the sandbox listens. */
export const API = 'https://api.bitbucket.org/2.0';
export const WEB = 'https://bitbucket.org';

const encoded = (uuid: string): string => `%7B${uuid.slice(1, -1)}%7D`;

/** An account, as nested in other bodies; null if it was closed. */
export function userBody(person: Person): object;
export function userBody(person: Person | undefined): object | null;
export function userBody(person: Person | undefined): object | null {
  if (!person) return null;
  return {
    display_name: person.displayName,
    links: {
      self: { href: `${API}/users/${encoded(person.uuid)}` },
      avatar: {
        href: `https://secure.gravatar.com/avatar/${person.uuid.slice(1, 9)}?d=https%3A%2F%2Favatar-management--avatars.us-west-2.prod.public.atl-paas.net%2Finitials%2F${person.index}.png`,
      },
      html: { href: `${WEB}/${encoded(person.uuid)}/` },
    },
    type: 'user',
    uuid: person.uuid,
    account_id: person.accountId,
    nickname: person.nickname,
  };
}

/** `workspace/slug`. */
export function fullName({ workspace, slug }: Repository): string {
  return `${workspace.slug}/${slug}`;
}

/** The address of a repository in the API. */
export function repositoryUrl(repository: Repository): string {
  return `${API}/repositories/${fullName(repository)}`;
}

/** A repository, as nested in other bodies. */
export function repositoryReference(repository: Repository): object {
  return {
    type: 'repository',
    full_name: fullName(repository),
    links: {
      self: { href: repositoryUrl(repository) },
      html: { href: `${WEB}/${fullName(repository)}` },
      avatar: { href: `https://bytebucket.org/ravatar/${encoded(repository.uuid)}?ts=default` },
    },
    name: repository.name,
    uuid: repository.uuid,
  };
}

export function workspaceReference({ uuid, name, slug, createdAt }: Workspace): object {
  return {
    type: 'workspace',
    uuid,
    name,
    slug,
    links: {
      avatar: { href: `${WEB}/workspaces/${slug}/avatar/?ts=${Math.floor(createdAt / 1000)}` },
      html: { href: `${WEB}/${slug}/` },
      self: { href: `${API}/workspaces/${slug}` },
    },
  };
}

/** A commit, as nested in other bodies. Pull requests show twelve characters of its hash. */
export function commitReference(repository: Repository, { hash }: Commit, digits = 12): object {
  const shown = hash.slice(0, digits);
  return {
    type: 'commit',
    hash: shown,
    links: {
      self: { href: `${repositoryUrl(repository)}/commit/${shown}` },
      html: { href: `${WEB}/${fullName(repository)}/commits/${shown}` },
    },
  };
}
