import type { Page, Parent } from '@headrace/sdk';
import { TOO_LARGE } from '../answers/classify.ts';
import { listPages } from '../answers/pages.ts';
import { type Asked, pullRequestPath, unlessNone } from './children.ts';

/** Why a pull request has no diffstat, by status. */
const NONE: Readonly<Record<number, string>> = {
  400: 'pull requests between unrelated histories',
  404: 'pull requests whose source is gone',
  [TOO_LARGE]: 'pull requests whose diff is too large for Bitbucket',
};

type Looked = 'old' | 'new';

/** Where Bitbucket computes diffstats: below the repository, by two hashes. */
const COMPUTED = /^\/2\.0\/repositories\/[^/]+\/[^/]+\/diffstat\/./;

/** Pages of the files that a pull request changes. */
export async function* diffstatPages(
  asked: Asked<Looked>,
  pullRequest: Parent,
): AsyncGenerator<Page<string, Looked>> {
  const { api, partition, select } = asked;

  async function* pages(): AsyncGenerator<Page<string, Looked>> {
    const path = linked(pullRequest) ?? (await redirected());
    yield* listPages(api.http, { path }, select);
  }

  /** The path below the pull request redirects there. */
  async function redirected(): Promise<string> {
    const request = { path: pullRequestPath(partition, pullRequest.key, '/diffstat') };
    const location = await api.http.ask(request, ({ status, headers }) =>
      status >= 300 ? String(headers.location) : undefined,
    );
    return location === undefined ? request.path : api.http.follow(request, location).path;
  }

  yield* unlessNone('pr_diffstats', asked, pullRequest, NONE, pages());
}

/** The pull request's own link, which saves the redirect. Only its path counts, so that no other host is asked. */
function linked({ page, row }: Parent): string | undefined {
  const url = URL.parse(page.text(row, 'diffstat') ?? '');
  return url && COMPUTED.test(url.pathname) ? url.pathname + url.search : undefined;
}
