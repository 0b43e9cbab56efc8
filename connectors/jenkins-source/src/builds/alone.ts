import {
  DataError,
  type HeadraceError,
  ifFound,
  isHeadraceError,
  isTooHeavy,
  type Page,
  type Selection,
  selectOf,
} from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Job } from '../jobs/item.ts';

/** What became of a build that was asked for by its number. */
export type Alone<R extends string> =
  | { readonly kind: 'here'; readonly page: Page<never, R> }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly error: HeadraceError };

/** A build that cannot be read fails in the same way each time. */
const FEW_TRIES = { tries: 3 };

/** Whether a failure may be a single build's fault, and none of the server's or the account's. */
const isBuilds = (error: unknown): error is HeadraceError => isTooHeavy(error) || error instanceof DataError;

/**
 * A build by its number, whether or not a list shows it.
 * @param tree what is asked of it; undefined: everything that Jenkins and its plugins say
 */
export async function aloneAt<R extends string>(
  requests: Requests,
  job: Job,
  number: number | string,
  tree: string | undefined,
  selection: Selection<never, R>,
): Promise<Alone<R>> {
  try {
    const path = `${job.path}/${number}/api/json`;
    return { kind: 'here', page: await requests.page({ path, query: { tree } }, selection, FEW_TRIES) };
  } catch (error) {
    if (isHeadraceError(error) && error.status === 404) return { kind: 'gone' };
    if (isBuilds(error)) return { kind: 'unreadable', error };
    throw error;
  }
}

/**
 * Called before a 404 for a build counts as its end: a job that was renamed, moved, deleted or withdrawn since it was
 * listed answers in the same way for all of its builds.
 * @throws DataError (`jenkins.job_gone`) if the job is not there
 */
export async function mustBeThere(requests: Requests, job: Job): Promise<void> {
  const request = { path: `${job.path}/api/json`, query: { tree: 'nextBuildNumber' } };
  if (await ifFound(requests.page(request, JOB))) return;
  throw new DataError(`the job ${job.key} disappeared during the read`, {
    code: 'jenkins.job_gone',
    place: `GET ${request.path}`,
    hint: 'was it renamed, moved or deleted, or may the account no longer read it? The next read shows it',
  });
}

const JOB = selectOf({})('.');
