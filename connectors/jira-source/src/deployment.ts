import { type OwnedPage, type Page, type Parent, type Select, Selection } from '@headrace/sdk';
import type { IssueParts } from './issue-parts.ts';
import { idOf } from './pages.ts';

/** What Jira Cloud and Data Center do each in their own way. */
export interface Deployment {
  readonly deployment: 'cloud' | 'data-center';
  /** A path of the REST API, in the version that the deployment has: `path('/field')`. */
  path(below: string): string;
  /**
   * Pages of a search, in the order of the issues' last change. `select` must look at the issue's `id` and `updated`.
   * @param jql with bounds, without an order
   */
  search(jql: string, select: Select<string>, parts: IssueParts): AsyncIterable<Page>;
  /** Ids of all issues that a search finds, as many a page as Jira gives. */
  issueIds(jql: string): AsyncIterable<readonly string[]>;
  /** Issues by their ids, at most 100; what is gone or not to be seen is left out. */
  issuesById(ids: readonly string[], select: Select<string>, parts: IssueParts): AsyncIterable<Page>;
  /**
   * The changelog entries of issues, in pages that belong to one issue each.
   * @param missed called where an issue has none, or is gone: Jira says the same of both
   */
  changelogs<I extends Parent, E extends string>(
    issues: readonly I[],
    select: Select<E>,
    missed: () => void,
  ): AsyncIterable<OwnedPage<E, I>>;
  /** How many issues a search finds: on Cloud about, since its index answers. */
  count(jql: string): Promise<number | undefined>;
  /**
   * Pages of the projects that the account can see.
   * @param also `expand`: names of further members of a project, separated by commas; `all`: those too of which no
   * search finds an issue: in Cloud's bin, archived on Data Center
   */
  projectPages(
    select: Select<string>,
    also?: { readonly expand?: string; readonly all?: boolean },
  ): AsyncIterable<Page>;
  /** Pages of every account of the site; `select` must look at the key: `accountId`, on Data Center `key`. */
  userPages(select: Select<string>): AsyncIterable<Page>;
}

/** A page of a search or of a list is mostly 100 at most. */
export const PAGE_SIZE = 100;
/** Accounts come 1,000 a page. */
export const USERS_A_PAGE = 1000;
/** The order in which a search is read: a window's cursor needs it. */
export const IN_ORDER = 'ORDER BY updated ASC, key ASC';

/** What is looked at where only ids are wanted. */
export const ONLY_ID: Select<string> = (records, fields) =>
  new Selection<string, string>({ records, fields, record: { id: 'id' } }) as never;

/** The ids of a page that was made with `ONLY_ID`. */
export function idsOf(page: Page): string[] {
  return Array.from({ length: page.count }, (_, row) => idOf(page, row));
}
