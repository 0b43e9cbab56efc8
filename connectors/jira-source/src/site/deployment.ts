import { type OwnedPage, type Page, type Parent, type Select, Selection } from '@headrace/sdk';
import { idOf } from '../answers/pages.ts';

/** Which parts of an issue to request. */
export interface IssueParts {
  readonly fields: readonly string[];
  /** Default: nothing. */
  readonly expand: readonly string[];
}

/** Operations that differ between Jira Cloud and Data Center. */
export interface Deployment {
  readonly deployment: 'cloud' | 'data-center';
  /** A path of the deployment's version of the REST API: `path('/field')`. */
  path(below: string): string;
  /**
   * Pages of a search, ordered by the time of the last change. `select` must include `id` and `updated`.
   * @param jql without ORDER BY
   */
  search(jql: string, select: Select<string>, parts: IssueParts): AsyncIterable<Page>;
  /** Ids of all issues that match a search, in the largest pages that Jira allows. */
  issueIds(jql: string): AsyncIterable<readonly string[]>;
  /** Issues by id, at most 100. Omits issues that are gone or not visible. */
  issuesById(ids: readonly string[], select: Select<string>, parts: IssueParts): AsyncIterable<Page>;
  /**
   * The changelog entries of issues. Each page belongs to one issue.
   * @param missed called if an issue has no entries or was deleted, which Jira does not distinguish
   */
  changelogs<I extends Parent, E extends string>(
    issues: readonly I[],
    select: Select<E>,
    missed: () => void,
  ): AsyncIterable<OwnedPage<E, I>>;
  /** Number of issues that match a search. On Cloud, an estimate. */
  count(jql: string): Promise<number | undefined>;
  /**
   * Pages of the projects that the account can see.
   * @param also `expand`: names of additional fields, separated by commas; `all`: include projects in the trash (Cloud)
   * or archived projects (Data Center), whose issues a search does not find
   */
  projectPages(
    select: Select<string>,
    also?: { readonly expand?: string; readonly all?: boolean },
  ): AsyncIterable<Page>;
  /** Pages of every account of the site. `select` must include the key: `accountId`, or `key` on Data Center. */
  userPages(select: Select<string>): AsyncIterable<Page>;
}

/** The usual maximum page size of searches and lists. */
export const PAGE_SIZE = 100;
/** The order of a search. The time window depends on it. */
export const IN_ORDER = 'ORDER BY updated ASC, key ASC';

/** Selects only ids. */
export const ONLY_ID: Select<string> = (records, fields) =>
  new Selection<string, string>({ records, fields, record: { id: 'id' } }) as never;

/** The ids of a page that was selected with `ONLY_ID`. */
export function idsOf(page: Page): string[] {
  return Array.from({ length: page.count }, (_, row) => idOf(page, row));
}
