import { Refusal } from '../../http/refusal.ts';
import type { Site } from '../site.ts';
import type { Comment, PullRequest } from '../store/facts.ts';
import { addCommit, moveBranch } from '../store/git.ts';
import {
  closeUnmerged,
  comment,
  deleteSource,
  edit,
  judge,
  merge,
  openPullRequest,
  pushTo,
} from '../store/pull-requests.ts';
import { somebody } from '../store/store.ts';
import {
  anybody,
  chosen,
  chosenPullRequest,
  type PullRequestChoice,
  type RepositoryChoice,
} from './choose.ts';

/** Whether `updated_on` of the pull request moves with a change; default false, as late ones need not move it. */
interface Moving {
  moves?: boolean;
}

/** Commands for pull requests. None of them moves the repository's `updated_on`, unless a branch moves. */
export interface PullRequestControl {
  /** Opens a pull request with new commits on a new branch (default 1), or from a fork. */
  openPullRequest(what: RepositoryChoice & { commits?: number; fork?: string }): { id: number };
  /** Pushes a commit to its source branch. */
  pushTo(which: PullRequestChoice): { hash: string };
  /** Changes the title; with `reviewer`, in the same moment also the reviewers: two updates with one date and author. */
  editPullRequest(which: PullRequestChoice & { reviewer?: boolean }): void;
  merge(which: PullRequestChoice & { squash?: boolean }): { hash: string };
  /** `moves` default true. */
  decline(which: PullRequestChoice & Moving): void;
  supersede(which: PullRequestChoice): void;
  comment(which: PullRequestChoice & Moving & { line?: number; parent?: number }): { id: number };
  editComment(which: PullRequestChoice & Moving & { comment: number }): void;
  deleteComment(which: PullRequestChoice & Moving & { comment: number }): void;
  approve(which: PullRequestChoice & Moving): void;
  requestChanges(which: PullRequestChoice & Moving): void;
  /** Takes back all approvals and requests for changes. */
  withdraw(which: PullRequestChoice & Moving): void;
  /** Deletes the source branch: the vendor then lists no commits of the pull request. */
  deleteSource(which: PullRequestChoice): void;
  /** The fork that it comes from is deleted: its source is null, its commits are a 404. */
  loseFork(which: PullRequestChoice): void;
  /** The branch that it leads to is gone: its commit is null. */
  loseDestination(which: PullRequestChoice): void;
  /** The author's account is closed: null. */
  closeAuthor(which: PullRequestChoice): void;
}

export function pullRequestControl(site: Site): PullRequestControl {
  const { store, clock } = site;
  const one = (which: PullRequestChoice): PullRequest => chosenPullRequest(site, which);
  const open = (which: PullRequestChoice): PullRequest => {
    const found = one(which);
    if (found.state !== 'OPEN') throw new Refusal(`pull request ${which.id} is ${found.state}`);
    return found;
  };
  const move = (pullRequest: PullRequest, moves: boolean | undefined) => {
    if (moves) pullRequest.updatedAt = clock.now();
  };
  const altered = (which: PullRequestChoice & Moving & { comment: number }, act: (made: Comment) => void) => {
    const pullRequest = one(which);
    const made = pullRequest.comments.find(({ id }) => id === which.comment);
    if (!made) throw new Refusal(`no comment ${which.comment}`);
    act(made);
    made.updatedAt = clock.now();
    move(pullRequest, which.moves);
  };
  const verdict = (which: PullRequestChoice & Moving, kind: 'approval' | 'changes_requested') => {
    const pullRequest = one(which);
    judge(pullRequest, anybody(site, 34), { kind, at: clock.now() }, which.moves === true);
  };
  return {
    openPullRequest: (what) => {
      const repository = chosen(site, what);
      const owner = what.fork === undefined ? repository : chosen(site, { repository: what.fork });
      const at = clock.now();
      const branch = `feature/new-${store.made.pullRequests}`;
      let head = repository.branches.get(repository.mainBranch);
      const commits = Array.from({ length: what.commits ?? 1 }, () => {
        head = addCommit(store, owner, head ? [head] : [], at);
        return head;
      }).reverse();
      if (head) moveBranch(owner, branch, head, at);
      const n = store.made.pullRequests;
      const reviewers = [somebody(store, n, 24)];
      const author = anybody(site, 35);
      return {
        id: openPullRequest(store, repository, { at, author, branch, commits, from: owner, reviewers }).id,
      };
    },
    pushTo: (which) => ({ hash: pushTo(store, open(which), clock.now()).hash }),
    editPullRequest: (which) =>
      edit(open(which), clock.now(), anybody(site, 36), which.reviewer ? anybody(site, 37) : undefined),
    merge: (which) => ({ hash: merge(store, open(which), clock.now(), which.squash ?? false).hash }),
    decline: (which) => {
      const pullRequest = open(which);
      const { updatedAt } = pullRequest;
      closeUnmerged(store, pullRequest, clock.now(), 'DECLINED');
      if (which.moves === false) pullRequest.updatedAt = updatedAt;
    },
    supersede: (which) => closeUnmerged(store, open(which), clock.now(), 'SUPERSEDED'),
    comment: (which) => {
      const pullRequest = one(which);
      const parent = pullRequest.comments.find(({ id }) => id === which.parent);
      const { id } = comment(store, pullRequest, {
        at: clock.now(),
        author: anybody(site, 38),
        moves: which.moves === true,
        ...(parent && { parent }),
        ...(which.line !== undefined && { line: which.line }),
      });
      return { id };
    },
    editComment: (which) =>
      altered(which, (made) => {
        made.edition++;
      }),
    deleteComment: (which) =>
      altered(which, (made) => {
        made.isDeleted = true;
      }),
    approve: (which) => verdict(which, 'approval'),
    requestChanges: (which) => verdict(which, 'changes_requested'),
    withdraw: (which) => {
      const pullRequest = one(which);
      pullRequest.verdicts.clear();
      move(pullRequest, which.moves);
    },
    deleteSource: (which) => deleteSource(one(which), clock.now()),
    loseFork: (which) => {
      Object.assign(one(which).source, { repository: undefined, commit: undefined });
    },
    loseDestination: (which) => {
      one(which).destination.commit = undefined;
    },
    closeAuthor: (which) => {
      one(which).author = undefined;
    },
  };
}
