import { Refusal } from '../../http/refusal.ts';
import type { Site } from '../site.ts';
import type { Commit } from '../store/facts.ts';
import { addCommit, collectGarbage, commitOf, moveBranch } from '../store/git.ts';
import { anybody, chosen, type RepositoryChoice } from './choose.ts';

/** Commands for commits, branches and tags. All but `collectGarbage` move the repository's `updated_on`. */
export interface GitControl {
  /** Adds commits to a branch (default: the main one; a new branch begins at the main one). Returns their hashes. */
  push(what: RepositoryChoice & { branch?: string; count?: number }): string[];
  /**
   * Replaces the last `drop` commits of a branch (default 1) with `count` new ones (default 1). The old ones are still
   * known by their hashes until `collectGarbage`. Returns the new hashes.
   */
  forcePush(what: RepositoryChoice & { branch?: string; drop?: number; count?: number }): string[];
  /** Forgets the commits that no branch, tag or open pull request leads to. Returns how many. */
  collectGarbage(which: RepositoryChoice): number;
  /** A new branch at a branch, tag or hash (default: the main branch). */
  createBranch(what: RepositoryChoice & { name: string; at?: string }): void;
  deleteBranch(which: RepositoryChoice & { name: string }): void;
  createTag(what: RepositoryChoice & { name: string; at?: string; annotated?: boolean }): void;
  deleteTag(which: RepositoryChoice & { name: string }): void;
  /** `commits` does not know a commit for some time, although refs list it. */
  forgetCommit(which: RepositoryChoice & { hash: string; ms: number }): void;
}

export function gitControl(site: Site): GitControl {
  const { store, clock } = site;
  const commitAt = (which: RepositoryChoice, name: string | undefined): Commit => {
    const repository = chosen(site, which);
    const found = commitOf(repository, name ?? repository.mainBranch);
    if (!found) throw new Refusal(`no commit ${name}`);
    return found;
  };
  /** Adds commits on top of one and moves the branch there. */
  const grow = (which: RepositoryChoice & { branch?: string }, base: Commit | undefined, count: number) => {
    const repository = chosen(site, which);
    let head = base;
    const hashes = Array.from({ length: count }, () => {
      head = addCommit(store, repository, head ? [head] : [], clock.now());
      return head.hash;
    });
    if (head) moveBranch(repository, which.branch ?? repository.mainBranch, head, clock.now());
    return hashes;
  };
  const deleted = (which: RepositoryChoice & { name: string }, kind: 'branches' | 'tags') => {
    const repository = chosen(site, which);
    if (!repository[kind].delete(which.name)) throw new Refusal(`no ${kind} ${which.name}`);
    repository.updatedAt = clock.now();
  };
  return {
    push: (what) => {
      const { branches, mainBranch } = chosen(site, what);
      const base = branches.get(what.branch ?? mainBranch) ?? branches.get(mainBranch);
      return grow(what, base, what.count ?? 1);
    },
    forcePush: (what) => {
      const { branches, mainBranch } = chosen(site, what);
      let base = branches.get(what.branch ?? mainBranch);
      for (let i = 0; i < (what.drop ?? 1); i++) base = base?.parents[0];
      return grow(what, base, what.count ?? 1);
    },
    collectGarbage: (which) => collectGarbage(chosen(site, which)),
    createBranch: (what) => moveBranch(chosen(site, what), what.name, commitAt(what, what.at), clock.now()),
    deleteBranch: (which) => deleted(which, 'branches'),
    createTag: (what) => {
      const repository = chosen(site, what);
      const { annotated = false } = what;
      repository.tags.set(what.name, {
        commit: commitAt(what, what.at),
        at: annotated ? clock.now() : undefined,
        tagger: annotated ? anybody(site, 33) : undefined,
      });
      repository.updatedAt = clock.now();
    },
    deleteTag: (which) => deleted(which, 'tags'),
    forgetCommit: (which) => {
      site.unknownUntil.set(commitAt(which, which.hash), clock.now() + which.ms);
    },
  };
}
