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

/** Pages of the files that a pull request changes. Bitbucket redirects to where it computes them. */
export function diffstatPages(
  asked: Asked<Looked>,
  pullRequest: Parent,
): AsyncIterable<Page<string, Looked>> {
  const { api, partition, select } = asked;
  return unlessNone('pr_diffstats', asked, pullRequest, NONE, redirected());

  async function* redirected(): AsyncGenerator<Page<string, Looked>> {
    const request = { path: pullRequestPath(partition, pullRequest.key, '/diffstat') };
    const location = await api.http.ask(request, ({ status, headers }) =>
      status >= 300 ? String(headers.location) : undefined,
    );
    const at = location === undefined ? request : api.http.follow(request, location);
    yield* listPages(api.http, at, select);
  }
}
