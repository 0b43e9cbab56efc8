import { below } from '../../http/random.ts';
import { phrase } from '../../texts.ts';
import type { Repository } from '../store/facts.ts';
import { SALT, uuid } from '../store/ids.ts';
import { dateOf } from './dates.ts';
import { API, fullName, repositoryReference, repositoryUrl, WEB, workspaceReference } from './references.ts';

const LANGUAGES = ['typescript', 'java', 'python', 'go', '', 'c#'];
const PARTS = [
  'watchers',
  'branches',
  'tags',
  'commits',
  'src',
  'forks',
  'pullrequests',
  'pipelines',
  'downloads',
  'hooks',
];

/** A repository as listed. */
export function repositoryBody(repository: Repository, seed: number): object {
  const { workspace, slug, index, name, projectKey, parent } = repository;
  const self = repositoryUrl(repository);
  const html = `${WEB}/${fullName(repository)}`;
  const isEmpty = repository.branches.size === 0;
  return {
    type: 'repository',
    full_name: fullName(repository),
    links: {
      self: { href: self },
      html: { href: html },
      avatar: { href: `https://bytebucket.org/ravatar/${encodeURIComponent(repository.uuid)}?ts=default` },
      ...Object.fromEntries(PARTS.map((part) => [part, { href: `${self}/${linkPath(part)}` }])),
      clone: [
        { name: 'https', href: `${html}.git` },
        { name: 'ssh', href: `git@bitbucket.org:${fullName(repository)}.git` },
      ],
    },
    name,
    slug,
    description: index % 3 === 0 ? '' : phrase(seed, index, 61),
    scm: 'git',
    website: index % 4 === 0 ? null : '',
    owner: {
      display_name: workspace.name,
      links: {
        self: { href: `${API}/workspaces/${encodeURIComponent(workspace.uuid)}` },
        avatar: { href: `${WEB}/account/${workspace.slug}/avatar/` },
        html: { href: `${WEB}/${encodeURIComponent(workspace.uuid)}/` },
      },
      type: 'team',
      uuid: workspace.uuid,
      username: workspace.slug,
    },
    workspace: workspaceReference(workspace),
    is_private: true,
    project: {
      type: 'project',
      key: projectKey,
      uuid: uuid(seed, projectKey.charCodeAt(0), SALT.project),
      name: `Project ${projectKey}`,
      links: {
        self: { href: `${API}/workspaces/${workspace.slug}/projects/${projectKey}` },
        html: { href: `${WEB}/${workspace.slug}/workspace/projects/${projectKey}` },
        avatar: { href: `${WEB}/account/user/${workspace.slug}/projects/${projectKey}/avatar/32?ts=1` },
      },
    },
    fork_policy: 'no_public_forks',
    created_on: dateOf(repository.createdAt),
    updated_on: dateOf(repository.updatedAt),
    size: 50_000 + repository.commits.size * 1731,
    language: LANGUAGES[below(LANGUAGES.length, seed, index, 62)],
    uuid: repository.uuid,
    mainbranch: isEmpty ? null : { name: repository.mainBranch, type: 'branch' },
    override_settings: { default_merge_strategy: true, branching_model: true },
    parent: parent && !parent.isDeleted ? repositoryReference(parent) : null,
    enforced_signed_commits: null,
    has_issues: false,
    has_wiki: false,
    ...(repository.isArchived && { is_archived: true }),
  };
}

function linkPath(part: string): string {
  if (part === 'branches' || part === 'tags') return `refs/${part}`;
  return part === 'pipelines' ? 'pipelines/' : part;
}
