import { phrase } from '../../texts.ts';
import type { Commit, Repository, Tag } from '../store/facts.ts';
import { dateOf } from './dates.ts';
import {
  commitReference,
  fullName,
  repositoryReference,
  repositoryUrl,
  userBody,
  WEB,
} from './references.ts';

function authorBody({ author, n }: Commit): object {
  const raw = `${author.displayName} <${author.email}>`;
  // Nobody knows the address of one author in nine.
  return n % 9 === 4 ? { type: 'author', raw } : { type: 'author', raw, user: userBody(author) };
}

function messageOf({ n, parents }: Commit, seed: number): string {
  if (parents.length > 1) return `Merged in feature-${n} (pull request)\n\n${phrase(seed, n, 71)}\n`;
  return n % 5 === 0 ? `${phrase(seed, n, 71)}\n\n${phrase(seed, n, 72)}\n` : `${phrase(seed, n, 71)}\n`;
}

function linksOf(repository: Repository, hash: string): object {
  const self = repositoryUrl(repository);
  return {
    self: { href: `${self}/commit/${hash}` },
    html: { href: `${WEB}/${fullName(repository)}/commits/${hash}` },
    diff: { href: `${self}/diff/${hash}` },
    approve: { href: `${self}/commit/${hash}/approve` },
    comments: { href: `${self}/commit/${hash}/comments` },
    statuses: { href: `${self}/commit/${hash}/statuses` },
    patch: { href: `${self}/patch/${hash}` },
  };
}

/** A commit as `commits` lists it. */
export function commitBody(repository: Repository, commit: Commit, seed: number): object {
  const { hash, at, parents } = commit;
  const message = messageOf(commit, seed);
  const lines = message.trim().split('\n');
  return {
    type: 'commit',
    hash,
    date: dateOf(at),
    author: authorBody(commit),
    committer: {},
    message,
    summary: {
      type: 'rendered',
      raw: message,
      markup: 'markdown',
      html: lines
        .filter((line) => line !== '')
        .map((line) => `<p>${line}</p>`)
        .join('\n'),
    },
    links: linksOf(repository, hash),
    parents: parents.map((parent) => commitReference(repository, parent, 40)),
    rendered: {},
    properties: {},
    repository: repositoryReference(repository),
  };
}

/** A commit as a pull request lists it: fewer members. */
export function pullRequestCommitBody(repository: Repository, commit: Commit, seed: number): object {
  const {
    repository: _,
    rendered,
    properties,
    committer,
    ...rest
  } = commitBody(repository, commit, seed) as Record<string, unknown>;
  return rest;
}

/** A branch as listed, with its last commit. */
export function branchBody(repository: Repository, name: string, commit: Commit, seed: number): object {
  const self = repositoryUrl(repository);
  const path = encodeURIComponent(name).replaceAll('%2F', '/');
  return {
    name,
    target: commitBody(repository, commit, seed),
    links: {
      self: { href: `${self}/refs/branches/${path}` },
      commits: { href: `${self}/commits/${path}` },
      html: { href: `${WEB}/${fullName(repository)}/branch/${path}` },
      pullrequest_create: { href: `${WEB}/${fullName(repository)}/pull-requests/new?source=${path}&t=1` },
    },
    type: 'branch',
    merge_strategies: ['merge_commit', 'squash', 'fast_forward'],
    sync_strategies: ['merge_commit', 'rebase'],
    default_merge_strategy: 'merge_commit',
  };
}

/** A tag as listed. `target.date` is its commit's. A lightweight tag has no date, tagger or message. */
export function tagBody(
  repository: Repository,
  name: string,
  { commit, at, tagger }: Tag,
  seed: number,
): object {
  const self = repositoryUrl(repository);
  return {
    name,
    target: commitBody(repository, commit, seed),
    links: {
      self: { href: `${self}/refs/tags/${name}` },
      commits: { href: `${self}/commits/${name}` },
      html: { href: `${WEB}/${fullName(repository)}/commits/tag/${name}` },
    },
    type: 'tag',
    message: at === undefined ? null : `Release ${name}\n`,
    date: at === undefined ? null : dateOf(at),
    tagger:
      at === undefined || !tagger
        ? null
        : { type: 'author', raw: `${tagger.displayName} <${tagger.email}>`, user: userBody(tagger) },
  };
}
