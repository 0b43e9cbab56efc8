import { isHeadraceError } from '../errors.ts';

const NOT_FOUND: readonly number[] = [404, 410];

/**
 * For a vendor that says with a status that there is nothing: a build without a test report, a pull request without
 * a review. Undefined if the request was answered with one of `statuses` (→ 404, 410); all else is thrown on.
 * ```ts
 * const page = await ifFound(http.page({ path: `/builds/${number}/report` }, select('suites')));
 * if (page) yield page;
 * ```
 */
export async function ifFound<T>(asked: Promise<T>, statuses = NOT_FOUND): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isHeadraceError(error) && error.status !== undefined && statuses.includes(error.status))
      return undefined;
    throw error;
  }
}
