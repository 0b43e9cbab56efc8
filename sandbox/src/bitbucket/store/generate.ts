import { below, fraction } from '../../http/random.ts';
import type { Commit, PullRequest, Repository } from './facts.ts';
import { addCommit, moveBranch } from './git.ts';
import { finishPipeline, startPipeline } from './pipelines.ts';
import { closeUnmerged, comment, edit, judge, merge, openPullRequest, pushTo } from './pull-requests.ts';
import { addRepository, addWorkspace } from './repositories.ts';
import { emptyStore, type Store, somebody } from './store.ts';

/** How much there is of everything, over all repositories. */
export interface Amounts {
  workspaces: number;
  repositories: number;
  /** How many of the repositories are empty. */
  emptyRepositories: number;
  members: number;
  commits: number;
  pullRequests: number;
  pipelines: number;
}

const DAY = 86_400_000;
/** Repositories begin up to so many days before the end of the history. */
const DAYS = 700;

/** A store with a history that ends at `until`. */
export function generatedStore(seed: number, amounts: Amounts, until: number): Store {
  const store = emptyStore(seed, amounts.members);
  for (let i = 0; i < amounts.workspaces; i++) addWorkspace(store, until - (DAYS + 10) * DAY);
  const full = Math.max(Math.min(1, amounts.repositories), amounts.repositories - amounts.emptyRepositories);
  const weights = Array.from({ length: full }, (_, i) => (i === 0 ? 12 : 1 + below(9, seed, i, 21)));
  const shares = {
    commits: spread(amounts.commits, weights),
    pullRequests: spread(amounts.pullRequests, weights),
    pipelines: spread(amounts.pipelines, weights),
  };
  for (let i = 0; i < amounts.repositories; i++) {
    const workspace = store.workspaces[i % store.workspaces.length]!;
    const parent = i % 12 === 5 && i < full ? store.repositories[i - 5] : undefined;
    const at = until - Math.floor((30 + fraction(seed, i, 22) * (DAYS - 30)) * DAY);
    const repository = addRepository(store, workspace, at, parent ? { parent } : {});
    if (i >= full) continue;
    grow(store, repository, until, {
      commits: shares.commits[i]!,
      pullRequests: shares.pullRequests[i]!,
      pipelines: shares.pipelines[i]!,
    });
  }
  return store;
}

/** Splits `total` in proportion to the weights; what rounding leaves goes to the first one. */
function spread(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const parts = weights.map((weight) => Math.floor((total * weight) / sum));
  if (parts.length > 0) parts[0]! += total - parts.reduce((a, b) => a + b, 0);
  return parts;
}

/** Gives a repository its history: commits on the main branch, pull requests between them, then tags and pipelines. */
function grow(
  store: Store,
  repository: Repository,
  until: number,
  amounts: { commits: number; pullRequests: number; pipelines: number },
): void {
  const { createdAt, mainBranch } = repository;
  const { pullRequests } = amounts;
  const room = Math.min(3, Math.floor(amounts.commits / (pullRequests + 1)));
  const stepMs = Math.floor((until - createdAt) / (amounts.commits + pullRequests + 2));
  const last = store.made.commits + amounts.commits;
  const left = (): number => last - store.made.commits;
  let at = createdAt;
  const tick = (): number => {
    at += stepMs;
    return at;
  };
  const onMain = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const head = repository.branches.get(mainBranch);
      const made = addCommit(store, repository, head ? [head] : [], tick());
      moveBranch(repository, mainBranch, made, at);
      if (made.n % 50 === 0) tag(store, repository, made, at);
    }
  };
  for (let done = 0; done <= pullRequests; done++) {
    const rest = pullRequests - done;
    const share = Math.floor((left() - rest * room) / (rest + 1));
    // A pull request needs something to lead to.
    onMain(Math.min(left(), done === 0 ? Math.max(1, share) : share));
    if (rest > 0) history(store, repository, tick(), Math.max(0, room - 1), stepMs, left, until);
  }
  const head = repository.branches.get(mainBranch);
  const [parent] = head?.parents ?? [];
  if (parent) repository.branches.set('develop', parent);
  for (let i = 0; i < amounts.pipelines; i++) runPipeline(store, repository, i, amounts.pipelines, until);
}

function tag(store: Store, repository: Repository, commit: Commit, at: number): void {
  const annotated = commit.n % 100 === 0;
  repository.tags.set(`v1.${repository.tags.size}`, {
    commit,
    at: annotated ? at + 60_000 : undefined,
    tagger: annotated ? somebody(store, commit.n, 23) : undefined,
  });
}

/** A pull request from its opening to its end, if it has one. At most `room` commits are its own. */
function history(
  store: Store,
  repository: Repository,
  at: number,
  room: number,
  stepMs: number,
  left: () => number,
  until: number,
): void {
  const n = store.made.pullRequests;
  const head = repository.branches.get(repository.mainBranch);
  const isFork = n % 16 === 11;
  const branch = `feature/${n}-${['fix', 'größe', 'add #2', 'a+b'][n % 4]}`;
  let commits: Commit[] = head ? [head] : [];
  if (room > 0 && left() > 0) commits = [addCommit(store, repository, commits, at)];
  const first = commits[0];
  if (!isFork && first) moveBranch(repository, branch, first, at);
  const reviewers = [1, 2].map((i) => somebody(store, n + i * 7, 24));
  const author = somebody(store, n, 25);
  const from = isFork ? undefined : repository;
  const pullRequest = openPullRequest(store, repository, { at, author, branch, commits, from, reviewers });
  if (n % 60 === 30) pullRequest.destination.commit = undefined;
  let now = at;
  const later = (): number => {
    now = Math.min(until, now + 1000 + below(Math.max(1, stepMs), store.seed, n, now % 1_000_003));
    return now;
  };
  for (let more = below(room, store.seed, n, 26); more > 0 && !isFork; more--)
    pushTo(store, pullRequest, later());
  talk(store, pullRequest, later);
  const fate = fraction(store.seed, n, 27);
  const isLate = at > until - 20 * DAY;
  if (fate < (isLate ? 0.5 : 0.04)) return;
  if (fate < 0.8 && left() > 0 && first) {
    merge(store, pullRequest, later(), n % 3 === 0);
    return;
  }
  closeUnmerged(store, pullRequest, later(), fate > 0.95 ? 'SUPERSEDED' : 'DECLINED');
}

/** Comments, replies, edits, approvals. */
function talk(store: Store, pullRequest: PullRequest, later: () => number): void {
  const { n, reviewers } = pullRequest;
  const count = below(4, store.seed, n, 28);
  for (let i = 0; i < count; i++) {
    const author = somebody(store, n + i, 29);
    const parent = i === 2 ? pullRequest.comments[0] : undefined;
    const line = i === 1 ? 1 + below(200, store.seed, n, 30) : undefined;
    const made = comment(store, pullRequest, {
      at: later(),
      author,
      moves: true,
      ...(parent && { parent }),
      ...(line !== undefined && { line }),
    });
    if (made.id % 23 === 4) Object.assign(made, { isDeleted: true, updatedAt: later() });
  }
  if (n % 20 === 6) edit(pullRequest, later(), reviewers[0]!, somebody(store, n, 31));
  if (n % 10 === 2) judge(pullRequest, reviewers[1]!, { kind: 'changes_requested', at: later() }, true);
  if (n % 2 === 0) judge(pullRequest, reviewers[0]!, { kind: 'approval', at: later() }, true);
}

/** A pipeline of the past. The last one still runs, and one with a manual step waits for ever. */
function runPipeline(store: Store, repository: Repository, i: number, count: number, until: number): void {
  const { createdAt, mainBranch, pullRequests } = repository;
  const commit = repository.branches.get(mainBranch);
  if (!commit) return;
  const at = createdAt + Math.floor(((until - createdAt) * (i + 1)) / (count + 1));
  const pullRequest = pullRequests[i % Math.max(1, pullRequests.length)];
  const pipeline = startPipeline(store, repository, {
    at,
    branch: mainBranch,
    commit,
    ...(pullRequest && { pullRequest }),
  });
  if (i === count - 1) return;
  const result = (['SUCCESSFUL', 'SUCCESSFUL', 'FAILED', 'ERROR', 'STOPPED'] as const)[pipeline.n % 5]!;
  finishPipeline(pipeline, at + 30_000 + below(600_000, store.seed, pipeline.n, 32), result);
}
