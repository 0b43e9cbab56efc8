import { bytesOf } from '../bodies/bytes.ts';
import { branchBody, commitBody, pullRequestCommitBody, tagBody } from '../bodies/commit.ts';
import { type AnyListing, instant, listing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import type { Commit, Repository, Tag } from '../store/facts.ts';

/** By name. */
export function branchList({ settings }: Site, repository: Repository): AnyListing {
  return listing(
    byName(repository.branches),
    { name: ([name]: [string, Commit]) => name, 'target.date': ([, { at }]) => instant(at) },
    ([name, commit]) =>
      bytesOf(branchBody(repository, name, commit, settings.seed), commit.n, settings.awkward),
  );
}

/** By name. */
export function tagList({ settings }: Site, repository: Repository): AnyListing {
  return listing(
    byName(repository.tags),
    { name: ([name]: [string, Tag]) => name, 'target.date': ([, { commit }]) => instant(commit.at) },
    ([name, tag]) => bytesOf(tagBody(repository, name, tag, settings.seed), tag.commit.n, settings.awkward),
  );
}

function byName<T>(refs: ReadonlyMap<string, T>): [string, T][] {
  return [...refs].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function commitBytes({ settings }: Site, repository: Repository, commit: Commit): Buffer {
  return bytesOf(commitBody(repository, commit, settings.seed), commit.n, settings.awkward);
}

/** A commit as its pull request shows it. */
export function pullRequestCommitBytes({ settings }: Site, repository: Repository, commit: Commit): Buffer {
  return bytesOf(pullRequestCommitBody(repository, commit, settings.seed), commit.n, settings.awkward);
}
