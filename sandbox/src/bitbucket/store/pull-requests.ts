import type { Comment, Commit, PullRequest, PullRequestState, Repository, Update } from './facts.ts';
import { addCommit, moveBranch } from './git.ts';
import type { Person } from './people.ts';
import { type Store, somebody } from './store.ts';

/** What a new pull request is made of. */
export interface Opening {
  at: number;
  author: Person;
  branch: string;
  /** Newest first. */
  commits: Commit[];
  /** Undefined: a fork that is gone. */
  from: Repository | undefined;
  reviewers: Person[];
}

export function openPullRequest(store: Store, repository: Repository, opening: Opening): PullRequest {
  const { at, author, branch, commits, from, reviewers } = opening;
  const n = store.made.pullRequests++;
  const destination = repository.branches.get(repository.mainBranch);
  const pullRequest: PullRequest = {
    repository,
    id: repository.pullRequests.length + 1,
    n,
    state: 'OPEN',
    isDraft: n % 14 === 5,
    author: n % 31 === 9 ? undefined : author,
    createdAt: at,
    updatedAt: at,
    edition: 0,
    source: { repository: from, branch, commit: from && commits[0] },
    destination: { branch: repository.mainBranch, commit: destination },
    mergeCommit: undefined,
    closedBy: undefined,
    reason: '',
    closesSourceBranch: n % 2 === 0,
    commits,
    isSourceDeleted: false,
    reviewers,
    verdicts: new Map(),
    updates: [],
    comments: [],
    files: 1 + (n % 5),
  };
  repository.pullRequests.push(pullRequest);
  note(pullRequest, at, author, {});
  return pullRequest;
}

/** Adds an update to the activity; the pull request was updated then. */
function note(
  pullRequest: PullRequest,
  at: number,
  author: Person,
  changes: Record<string, unknown>,
): Update {
  const { state, edition, source, destination, reason } = pullRequest;
  const update = {
    at,
    author,
    state,
    edition,
    source: source.commit,
    destination: destination.commit,
    reason,
    changes,
  };
  pullRequest.updates.push(update);
  pullRequest.updatedAt = Math.max(pullRequest.updatedAt, at);
  return update;
}

/** Pushes a commit to the source branch. */
export function pushTo(store: Store, pullRequest: PullRequest, at: number): Commit {
  const { source, repository } = pullRequest;
  const owner = source.repository ?? repository;
  const before = source.commit;
  const commit = addCommit(store, owner, before ? [before] : [], at);
  if (owner !== repository) repository.commits.set(commit.hash, commit);
  pullRequest.commits = [commit, ...pullRequest.commits];
  source.commit = commit;
  moveBranch(owner, source.branch, commit, at);
  note(pullRequest, at, commit.author, {
    source: { old: { commit: before?.hash.slice(0, 12) }, new: { commit: commit.hash.slice(0, 12) } },
  });
  return commit;
}

/** Changes the title and, if `also` is set, in the same moment the reviewers: two updates with one date and author. */
export function edit(pullRequest: PullRequest, at: number, author: Person, also?: Person): void {
  const old = pullRequest.edition++;
  note(pullRequest, at, author, { title: { old: `#${old}`, new: `#${pullRequest.edition}` } });
  if (!also) return;
  pullRequest.reviewers = [...pullRequest.reviewers.filter((one) => one !== also), also];
  note(pullRequest, at, author, { reviewers: { added: [{ uuid: also.uuid, type: 'user' }] } });
}

export interface Said {
  at: number;
  author: Person;
  /** Whether `updated_on` of the pull request moves with it. */
  moves: boolean;
  parent?: Comment;
  line?: number;
}

export function comment(store: Store, pullRequest: PullRequest, said: Said): Comment {
  const made: Comment = {
    id: 323_000_000 + store.made.comments++,
    at: said.at,
    updatedAt: said.at,
    author: said.author,
    edition: 0,
    isDeleted: false,
    parent: said.parent,
    line: said.line,
  };
  pullRequest.comments.push(made);
  if (said.moves) pullRequest.updatedAt = Math.max(pullRequest.updatedAt, said.at);
  return made;
}

/** Approves a pull request or asks for changes; an earlier verdict of the same person goes. */
export function judge(
  pullRequest: PullRequest,
  person: Person,
  verdict: { kind: 'approval' | 'changes_requested'; at: number },
  moves: boolean,
): void {
  pullRequest.verdicts.delete(person);
  pullRequest.verdicts.set(person, verdict);
  if (moves) pullRequest.updatedAt = Math.max(pullRequest.updatedAt, verdict.at);
}

const WORDS = { OPEN: 'open', MERGED: 'fulfilled', DECLINED: 'rejected', SUPERSEDED: 'superseded' };

function close(pullRequest: PullRequest, state: PullRequestState, at: number, by: Person): void {
  pullRequest.state = state;
  pullRequest.closedBy = by;
  note(pullRequest, at, by, { status: { old: WORDS.OPEN, new: WORDS[state] } });
  const { source, closesSourceBranch } = pullRequest;
  if (state === 'MERGED' && closesSourceBranch) deleteSource(pullRequest, at);
  else if (!source.repository) pullRequest.isSourceDeleted = true;
}

/** Deletes the source branch. The vendor then lists no commits of the pull request. */
export function deleteSource(pullRequest: PullRequest, at: number): void {
  const { source } = pullRequest;
  pullRequest.isSourceDeleted = true;
  if (!source.repository?.branches.delete(source.branch)) return;
  source.repository.updatedAt = Math.max(source.repository.updatedAt, at);
}

/** Merges a pull request: with a merge commit, or squashed, which leaves its own commits without a branch. */
export function merge(store: Store, pullRequest: PullRequest, at: number, squash: boolean): Commit {
  const { repository, destination, commits } = pullRequest;
  const head = repository.branches.get(destination.branch);
  const [first] = commits;
  for (const commit of commits) repository.commits.set(commit.hash, commit);
  const parents = [head, squash ? undefined : first].filter((one): one is Commit => one !== undefined);
  const merged = addCommit(store, repository, parents, at);
  moveBranch(repository, destination.branch, merged, at);
  pullRequest.mergeCommit = merged;
  close(pullRequest, 'MERGED', at, somebody(store, pullRequest.n, 45));
  return merged;
}

/** Declines a pull request, or supersedes it by another one. */
export function closeUnmerged(
  store: Store,
  pullRequest: PullRequest,
  at: number,
  state: 'DECLINED' | 'SUPERSEDED',
): void {
  pullRequest.reason = state === 'DECLINED' ? 'not now' : '';
  close(pullRequest, state, at, somebody(store, pullRequest.n, 46));
}
