import { expect, it } from 'vitest';
import { rankOf } from './ranks.ts';

it.each([
  ['/2.0/user/workspaces', 0],
  ['/2.0/repositories/acme', 0],
  ['/2.0/repositories/acme/web/pullrequests', 0],
  ['https://api.bitbucket.org/2.0/repositories/acme/web/pullrequests?page=2&q=a', 0],
  ['/2.0/repositories/acme/web/pullrequests/activity', 1],
  ['/2.0/repositories/acme/web/pullrequests/7/activity?ctx=x', 1],
  ['/2.0/repositories/acme/web/refs', 1],
  ['/2.0/repositories/acme/web/commits?include=a', 1],
  ['/2.0/repositories/acme/web/refs/tags', 2],
  ['/2.0/repositories/acme/web/pullrequests/7/comments', 2],
  ['/2.0/repositories/acme/web/pipelines/', 2],
  ['/2.0/repositories/acme/web/pipelines/%7Bu%7D', 2],
  ['/2.0/repositories/acme/web/pipelines/%7Bu%7D/steps/', 3],
  ['/2.0/repositories/acme/web/deployments/', 3],
  ['/2.0/repositories/acme/web/pullrequests/7/commits', 3],
  ['/2.0/repositories/acme/web/pullrequests/7/diffstat', 4],
  ['https://api.bitbucket.org/2.0/repositories/acme/web/diffstat/acme/web:a%0Db?from_pullrequest_id=7', 4],
])('%s has rank %d', (path, rank) => {
  expect(rankOf({ path })).toBe(rank);
});
