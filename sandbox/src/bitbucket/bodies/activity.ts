import type { Comment, PullRequest, Update } from '../store/facts.ts';
import type { Person } from '../store/people.ts';
import { commentBody } from './comment.ts';
import { dateOf } from './dates.ts';
import { descriptionOf, endBody, pullRequestReference, titleOf } from './pull-request.ts';
import { userBody } from './references.ts';

/** An entry of a pull request's activity. The vendor gives it no id. */
export interface Activity {
  pullRequest: PullRequest;
  at: number;
  /** Its place among the entries of the repository, for ties and page tokens. */
  place: number;
  entry:
    | { kind: 'update'; update: Update }
    | { kind: 'comment'; comment: Comment }
    | { kind: 'approval' | 'changes_requested'; person: Person };
}

/** Places of a pull request's entries; each kind has a share of them. */
const PLACES = 30_000;

/** The activity of a pull request, newest first. An entry keeps its place whatever is added or withdrawn. */
export function activityOf(pullRequest: PullRequest): Activity[] {
  const { id, updates, comments, verdicts } = pullRequest;
  const place = (kind: number, i: number): number => id * PLACES + kind * (PLACES / 3) + i;
  const all: Activity[] = [
    ...updates.map(
      (update, i): Activity => ({
        pullRequest,
        at: update.at,
        place: place(0, i),
        entry: { kind: 'update', update },
      }),
    ),
    ...comments.map(
      (comment, i): Activity => ({
        pullRequest,
        at: comment.at,
        place: place(1, i),
        entry: { kind: 'comment', comment },
      }),
    ),
    ...[...verdicts].map(
      ([person, { kind, at }]): Activity => ({
        pullRequest,
        at,
        place: place(2, person.index),
        entry: { kind, person },
      }),
    ),
  ];
  return all.sort((a, b) => b.at - a.at || b.place - a.place);
}

/** An entry as listed: the pull request, and a member that tells its kind. */
export function activityBody({ pullRequest, at, entry }: Activity, seed: number): object {
  const reference = pullRequestReference(pullRequest, seed);
  if (entry.kind === 'update')
    return { pull_request: reference, update: updateBody(pullRequest, entry.update, seed) };
  if (entry.kind === 'comment')
    return { pull_request: reference, comment: commentBody(pullRequest, entry.comment, seed) };
  return {
    pull_request: reference,
    [entry.kind]: { date: dateOf(at), user: userBody(entry.person), pullrequest: reference },
  };
}

function updateBody(pullRequest: PullRequest, update: Update, seed: number): object {
  const { repository, source, destination } = pullRequest;
  return {
    state: update.state,
    draft: pullRequest.isDraft,
    title: titleOf(pullRequest, update.edition, seed),
    description: descriptionOf(pullRequest, seed),
    reviewers: [],
    changes: update.changes,
    reason: update.reason,
    author: userBody(update.author),
    date: dateOf(update.at),
    destination: endBody(repository, destination.branch, update.destination),
    source: endBody(source.repository, source.branch, update.source),
  };
}
