import { phrase } from '../../texts.ts';
import type { Comment, PullRequest } from '../store/facts.ts';
import { dateOf } from './dates.ts';
import { pullRequestReference } from './pull-request.ts';
import { fullName, repositoryUrl, userBody, WEB } from './references.ts';

/** A comment of a pull request. A deleted one stays, without its text and some of its members. */
export function commentBody(pullRequest: PullRequest, comment: Comment, seed: number): object {
  const { repository, id: number } = pullRequest;
  const { id, isDeleted, parent, line, edition } = comment;
  const self = `${repositoryUrl(repository)}/pullrequests/${number}/comments`;
  const html = `${WEB}/${fullName(repository)}/pull-requests/${number}/_/diff#comment-${id}`;
  const raw = isDeleted ? '' : `${phrase(seed, id, 91)}${edition > 0 ? ` (edited ${edition} times)` : ''}`;
  return {
    id,
    created_on: dateOf(comment.at),
    updated_on: dateOf(comment.updatedAt),
    content: { type: 'rendered', raw, markup: 'markdown', html: raw === '' ? '' : `<p>${raw}</p>` },
    // What a deleted comment keeps differs.
    ...(!(isDeleted && id % 2 === 0) && { user: userBody(comment.author) }),
    deleted: isDeleted,
    ...(parent && { parent: { id: parent.id, links: { self: { href: `${self}/${parent.id}` } } } }),
    ...(line !== undefined &&
      !isDeleted && { inline: { from: null, to: line, path: `src/file-${line % 7}.ts` } }),
    pending: false,
    type: 'pullrequest_comment',
    links: { self: { href: `${self}/${id}` }, html: { href: html } },
    pullrequest: pullRequestReference(pullRequest, seed),
  };
}
