import { type Activity, activityBody, activityOf } from '../bodies/activity.ts';
import { bytesOf } from '../bodies/bytes.ts';
import { commentBody } from '../bodies/comment.ts';
import { diffstatBody, diffstatPath } from '../bodies/diffstat.ts';
import { pullRequestBody, titleOf } from '../bodies/pull-request.ts';
import { type AnyListing, instant, listing, recordedListing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import type { Comment, Commit, PullRequest, Repository } from '../store/facts.ts';
import { pullRequestCommitBytes } from './refs.ts';

/** Newest first, in any state. */
export function pullRequestList({ settings }: Site, repository: Repository): AnyListing {
  const { seed, awkward } = settings;
  if (repository.recorded) return recordedListing(repository.recorded.pullRequests);
  return listing(
    [...repository.pullRequests].reverse(),
    {
      id: ({ id }: PullRequest) => id,
      state: ({ state }) => state,
      title: (one) => titleOf(one, one.edition, seed),
      draft: ({ isDraft }) => isDraft,
      created_on: ({ createdAt }) => instant(createdAt),
      updated_on: ({ updatedAt }) => instant(updatedAt),
      'author.uuid': ({ author }) => author?.uuid ?? null,
      'source.branch.name': ({ source }) => source.branch,
      'destination.branch.name': ({ destination }) => destination.branch,
    },
    (one) => bytesOf(pullRequestBody(one, seed), one.n, awkward),
  );
}

/** Oldest first. */
export function commentList({ settings }: Site, pullRequest: PullRequest): AnyListing {
  return listing(
    pullRequest.comments,
    {
      id: ({ id }: Comment) => id,
      created_on: ({ at }) => instant(at),
      updated_on: ({ updatedAt }) => instant(updatedAt),
      deleted: ({ isDeleted }) => isDeleted,
      'user.uuid': ({ author }) => author.uuid,
    },
    (one) => bytesOf(commentBody(pullRequest, one, settings.seed), one.id, settings.awkward),
  );
}

/** What the vendor lists of a pull request's commits: none once the source branch is deleted. */
export function pullRequestCommitList(site: Site, pullRequest: PullRequest): AnyListing {
  const { isSourceDeleted, commits, repository } = pullRequest;
  return listing(isSourceDeleted ? [] : commits, { hash: ({ hash }: Commit) => hash }, (commit) =>
    pullRequestCommitBytes(site, repository, commit),
  );
}

/** The activity of pull requests, newest first. */
export function activityList({ settings }: Site, pullRequests: readonly PullRequest[]): AnyListing {
  const all = pullRequests.flatMap(activityOf);
  if (pullRequests.length > 1) all.sort((a, b) => b.at - a.at || b.place - a.place);
  return listing(all, {}, (one: Activity) =>
    bytesOf(activityBody(one, settings.seed), one.place, settings.awkward),
  );
}

/** Why a pull request has no diff: the status that the vendor answers; undefined if it has one. */
export function diffFailure({ n, source, destination }: PullRequest): 400 | 404 | 555 | undefined {
  if (!source.repository) return 404;
  // Unrelated histories.
  if (!destination.commit || !source.commit) return 400;
  return n % 83 === 50 ? 555 : undefined;
}

/** The changed files of a pull request. */
export function diffstatList({ settings }: Site, pullRequest: PullRequest): AnyListing {
  const files = diffFailure(pullRequest) === undefined ? pullRequest.files : 0;
  const { seed, awkward } = settings;
  return listing(
    Array.from({ length: files }, (_, file) => file),
    { path: (file: number) => diffstatPath(pullRequest, file, seed) },
    (file) => bytesOf(diffstatBody(pullRequest, file, seed), pullRequest.n + file, awkward),
  );
}
