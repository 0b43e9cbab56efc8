import type { ApiRequest } from '@headrace/sdk';

/** What is worth most goes first while the hour's budget is short; the first match counts. */
const RANKS: ReadonlyArray<readonly [path: RegExp, rank: number]> = [
  // The dearest for Bitbucket, and for most the least important.
  [/\/diffstat(\/|$)/, 4],
  [/\/pullrequests\/\d+\/commits$/, 3],
  [/\/(pipelines\/[^/]+\/steps|deployments)\//, 3],
  [/\/pullrequests\/\d+\/comments$/, 2],
  [/\/refs\/(branches|tags)$/, 2],
  [/\/pipelines\//, 2],
  [/\/pullrequests(\/\d+)?\/activity$/, 1],
  [/\/(commits|refs)$/, 1],
];

/** The rank of a request; 0 for workspaces, repositories and pull requests. */
export function rankOf({ path }: ApiRequest): number {
  const [plain = ''] = path.split('?');
  return RANKS.find(([pattern]) => pattern.test(plain))?.[1] ?? 0;
}
