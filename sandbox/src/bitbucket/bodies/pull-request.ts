import { phrase } from '../../texts.ts';
import type { Commit, PullRequest, Repository } from '../store/facts.ts';
import type { Person } from '../store/people.ts';
import { dateOf } from './dates.ts';
import {
  commitReference,
  fullName,
  repositoryReference,
  repositoryUrl,
  userBody,
  WEB,
} from './references.ts';

/** The title after this many changes of it. */
export function titleOf({ n }: PullRequest, edition: number, seed: number): string {
  return edition === 0 ? phrase(seed, n, 81) : `${phrase(seed, n, 81)} (${edition})`;
}

export function descriptionOf({ n }: PullRequest, seed: number): string {
  return n % 6 === 0 ? '' : `* ${phrase(seed, n, 82)}\n* ${phrase(seed, n, 83)}\n\n‌`;
}

/** `{type, id, title, links}`: a pull request in its activity and comments. */
export function pullRequestReference(pullRequest: PullRequest, seed: number): object {
  const { repository, id, edition } = pullRequest;
  return {
    type: 'pullrequest',
    id,
    title: titleOf(pullRequest, edition, seed),
    draft: pullRequest.isDraft,
    links: {
      self: { href: `${repositoryUrl(repository)}/pullrequests/${id}` },
      html: { href: `${WEB}/${fullName(repository)}/pull-requests/${id}` },
    },
  };
}

/** One end of a pull request. Repository and commit are null if they are gone. */
export function endBody(
  repository: Repository | undefined,
  branch: string,
  commit: Commit | undefined,
): Record<string, unknown> {
  return {
    branch: { name: branch },
    commit: repository && commit ? commitReference(repository, commit) : null,
    repository: repository ? repositoryReference(repository) : null,
  };
}

function rendered(raw: string): object {
  return {
    type: 'rendered',
    raw,
    markup: 'markdown',
    html: raw === '' ? '' : `<p>${raw.split('\n')[0]}</p>`,
  };
}

/** A pull request as listed. One that is asked for alone has reviewers and participants besides. */
export function pullRequestBody(pullRequest: PullRequest, seed: number, isAlone = false): object {
  const { repository, id, source, destination, mergeCommit } = pullRequest;
  const title = titleOf(pullRequest, pullRequest.edition, seed);
  const description = descriptionOf(pullRequest, seed);
  return {
    comment_count: pullRequest.comments.filter(({ isDeleted }) => !isDeleted).length,
    task_count: 0,
    type: 'pullrequest',
    id,
    title,
    description,
    rendered: { title: rendered(title), description: rendered(description) },
    state: pullRequest.state,
    draft: pullRequest.isDraft,
    merge_commit: mergeCommit ? commitReference(repository, mergeCommit) : null,
    close_source_branch: pullRequest.closesSourceBranch,
    closed_by: userBody(pullRequest.closedBy),
    author: userBody(pullRequest.author),
    reason: pullRequest.reason,
    created_on: dateOf(pullRequest.createdAt),
    updated_on: dateOf(pullRequest.updatedAt),
    destination: endBody(repository, destination.branch, destination.commit),
    source: endBody(source.repository, source.branch, source.commit),
    ...(isAlone && {
      reviewers: pullRequest.reviewers.map((person) => userBody(person)),
      participants: participantsOf(pullRequest),
    }),
    links: linksOf(pullRequest),
    summary: rendered(description),
  };
}

function participantsOf({ reviewers, verdicts }: PullRequest): object[] {
  const all = new Set<Person>([...reviewers, ...verdicts.keys()]);
  return [...all].map((person) => {
    const verdict = verdicts.get(person);
    return {
      type: 'participant',
      user: userBody(person),
      role: reviewers.includes(person) ? 'REVIEWER' : 'PARTICIPANT',
      approved: verdict?.kind === 'approval',
      state: verdict ? (verdict.kind === 'approval' ? 'approved' : 'changes_requested') : null,
      participated_on: verdict ? dateOf(verdict.at) : null,
    };
  });
}

/** `{source}%0D{destination}` of a diff's address: two hashes with an escaped carriage return between them. */
export function diffSpec({ repository, source, destination }: PullRequest): string {
  const from = source.commit?.hash.slice(0, 12) ?? '';
  return `${fullName(source.repository ?? repository)}:${from}%0D${destination.commit?.hash.slice(0, 12) ?? ''}`;
}

const PARTS = [
  'commits',
  'approve',
  'request-changes',
  'comments',
  'activity',
  'merge',
  'decline',
  'statuses',
];

function linksOf(pullRequest: PullRequest): object {
  const { repository, id } = pullRequest;
  const self = `${repositoryUrl(repository)}/pullrequests/${id}`;
  const spec = diffSpec(pullRequest);
  const query = `?from_pullrequest_id=${id}&topic=true`;
  return {
    self: { href: self },
    html: { href: `${WEB}/${fullName(repository)}/pull-requests/${id}` },
    diff: { href: `${repositoryUrl(repository)}/diff/${spec}${query}` },
    diffstat: { href: `${repositoryUrl(repository)}/diffstat/${spec}${query}` },
    ...Object.fromEntries(PARTS.map((part) => [part, { href: `${self}/${part}` }])),
  };
}
