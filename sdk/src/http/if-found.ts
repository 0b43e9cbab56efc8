import { isHeadraceError } from '../errors.ts';

const NOT_FOUND: readonly number[] = [404, 410];

/**
 * For a vendor that uses a status to say that something does not exist: a build without a test report, a pull
 * request without a review. Returns undefined if the response has one of `statuses` (default: 404, 410); any other
 * error is thrown.
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
