import type { HeadsFrom, Page, Select } from '@headrace/sdk';
import { listPages } from '../answers/pages.ts';
import { unknownHashes } from '../answers/words.ts';
import type { BitbucketApi } from '../api.ts';
import { type Repository, repositoryPath } from '../site/repository.ts';

/** So many hashes fit into a URL; more are sent as a form. */
const MOST_IN_URL = 50;
/** So many starts are asked for at a time (docs/vendors/bitbucket-cloud.md, Commits). */
const MOST_STARTS = 100;

/**
 * Pages of the commits that can be reached from `include` and not from `exclude`, children before parents. If
 * Bitbucket does not know some of the hashes, they leave both lists; it names only those that it noticed, so this may
 * take several rounds.
 */
export async function* commitPages(
  api: BitbucketApi,
  repository: Repository,
  from: HeadsFrom,
  select: Select<string>,
): AsyncGenerator<Page> {
  /** Starts that were walked from: nothing below them is wanted again. */
  const walked: string[] = [];
  for (;;) {
    const starts = from.include.filter((hash) => !walked.includes(hash)).slice(0, MOST_STARTS);
    // Without a start, Bitbucket walks from every branch.
    if (starts.length === 0) return;
    let isBegun = false;
    try {
      for await (const page of pagesOf(api, repository, starts, [...from.exclude, ...walked], select)) {
        isBegun = true;
        yield page;
      }
      walked.push(...starts);
    } catch (error) {
      const asked = [...starts, ...from.exclude, ...walked];
      const named = unknownHashes(error);
      const unknown = asked.filter((hash) => named.some((sha) => hash.startsWith(sha)));
      if (isBegun || unknown.length === 0) throw error;
      for (const hash of unknown) from.forget(hash);
      for (const hash of unknown) if (walked.includes(hash)) walked.splice(walked.indexOf(hash), 1);
    }
  }
}

function pagesOf(
  { http, reach }: BitbucketApi,
  repository: Repository,
  include: readonly string[],
  exclude: readonly string[],
  select: Select<string>,
): AsyncIterable<Page> {
  const path = repositoryPath(repository, '/commits');
  const hashes = { include, ...(exclude.length === 0 ? {} : { exclude }) };
  const isShort = include.length + exclude.length <= MOST_IN_URL;
  const request = isShort ? { path, query: hashes } : ({ method: 'POST', path, form: hashes } as const);
  return reach.through(['commits'], repository, listPages(http, request, select));
}
