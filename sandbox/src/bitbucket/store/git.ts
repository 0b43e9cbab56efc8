import { below } from '../../http/random.ts';
import type { Commit, Repository } from './facts.ts';
import { hex, SALT } from './ids.ts';
import { type Store, somebody } from './store.ts';

const HOUR = 3_600_000;

/** Makes a commit in a repository; no branch moves. One in 40 has a date before its parents', as after a rebase. */
export function addCommit(
  store: Store,
  repository: Repository,
  parents: readonly Commit[],
  at: number,
): Commit {
  const n = store.made.commits++;
  const second = Math.floor(at / 1000) * 1000;
  const commit: Commit = {
    n,
    hash: hex(40, store.seed, n, SALT.commit),
    parents,
    at: n % 40 === 17 ? second - below(50, store.seed, n, 41) * HOUR : second,
    author: somebody(store, n, 42),
  };
  repository.commits.set(commit.hash, commit);
  return commit;
}

/** Puts a branch on a commit. */
export function moveBranch(repository: Repository, name: string, to: Commit, at: number): void {
  repository.branches.set(name, to);
  repository.updatedAt = Math.max(repository.updatedAt, at);
}

/** What branches and tags stand at. */
export function headsOf({ branches, tags }: Repository): Commit[] {
  return [...branches.values(), ...[...tags.values()].map(({ commit }) => commit)];
}

/** Commits that can be reached from `heads`. */
export function reachable(heads: Iterable<Commit>): Set<Commit> {
  const found = new Set<Commit>(heads);
  // A Set's loop also visits what is added meanwhile.
  for (const { parents } of found) for (const parent of parents) found.add(parent);
  return found;
}

/** What can be reached from `include` and not from `exclude`, children before parents: later commits have higher numbers. */
export function walk(include: Iterable<Commit>, exclude: Iterable<Commit>): Commit[] {
  const without = reachable(exclude);
  return [...reachable(include)].filter((commit) => !without.has(commit)).sort((a, b) => b.n - a.n);
}

/** The commit that a name stands for: a branch, a tag, a hash or at least seven of its characters. */
export function commitOf({ branches, tags, commits }: Repository, name: string): Commit | undefined {
  const named = branches.get(name) ?? tags.get(name)?.commit ?? commits.get(name);
  if (named || !/^[0-9a-f]{7,39}$/.test(name)) return named;
  for (const [hash, commit] of commits) if (hash.startsWith(name)) return commit;
  return undefined;
}

/** Forgets all commits that no branch or tag and no open pull request leads to. Returns how many. */
export function collectGarbage(repository: Repository): number {
  const { commits, pullRequests } = repository;
  const open = pullRequests.flatMap(({ state, commits }) => (state === 'OPEN' ? commits : []));
  const kept = reachable([...headsOf(repository), ...open]);
  let gone = 0;
  for (const [hash, commit] of commits) if (!kept.has(commit) && commits.delete(hash)) gone++;
  return gone;
}
