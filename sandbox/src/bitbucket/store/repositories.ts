import type { Repository, Workspace } from './facts.ts';
import { SALT, uuid } from './ids.ts';
import type { Store } from './store.ts';

const PROJECTS = ['CORE', 'WEB', 'OPS'];
const SUBJECTS = ['billing', 'checkout', 'search', 'accounts', 'reports', 'gateway', 'mobile', 'größen'];
const KINDS = ['api', 'worker', 'ui', 'tools'];

/** Adds an empty repository. A fork begins with the branches of its parent. */
export function addRepository(
  store: Store,
  workspace: Workspace,
  at: number,
  more: { slug?: string; parent?: Repository } = {},
): Repository {
  const index = store.repositories.length;
  const { parent } = more;
  const name = `${SUBJECTS[index % 8]} ${KINDS[Math.floor(index / 8) % 4]} ${index}`;
  const slug = more.slug ?? name.replaceAll('größen', 'groessen').replaceAll(' ', '-');
  const repository: Repository = {
    index,
    uuid: uuid(store.seed, index, SALT.repository),
    workspace,
    slug,
    name: more.slug ?? name,
    projectKey: PROJECTS[index % PROJECTS.length]!,
    createdAt: at,
    updatedAt: at,
    mainBranch: index % 4 === 3 ? 'master' : 'main',
    parent,
    isArchived: false,
    isDeleted: false,
    commits: new Map(parent?.commits),
    branches: new Map(),
    tags: new Map(),
    pullRequests: [],
    pipelines: [],
    recorded: undefined,
  };
  const base = parent?.branches.get(parent.mainBranch);
  if (base) repository.branches.set(repository.mainBranch, base);
  store.repositories.push(repository);
  return repository;
}

/** Adds a workspace. Its slug comes from a fixed list, then numbers. */
export function addWorkspace(store: Store, at: number): Workspace {
  const index = store.workspaces.length;
  const slug = ['headrace', 'penstock', 'tailwater'][index] ?? `workspace-${index}`;
  const workspace: Workspace = {
    index,
    uuid: uuid(store.seed, index, SALT.workspace),
    slug,
    name: `${slug[0]!.toUpperCase()}${slug.slice(1)} GmbH & Söhne`,
    createdAt: at,
    members: store.people.filter((_, i) => i % 2 === index % 2 || i % 5 === 0),
  };
  store.workspaces.push(workspace);
  return workspace;
}
