import { type Page, type Partition, pagesByToken, type Select, Selection } from '@headrace/sdk';
import type { JiraApi } from './api.ts';
import { NO_BOARD, NO_SPRINTS, unless } from './passed-over.ts';

/** So many references come in a page where only keys are asked for (jira-cloud.md, Changes, 2). */
const MOST_KEYS = 5000;

/** Pages of every board that the account sees. */
export function boardPages(api: JiraApi, select: Select<string>): AsyncIterable<Page> {
  return api.list('/rest/agile/1.0/board', {}, select);
}

const boardsOf = new WeakMap<JiraApi, Promise<readonly Partition[]>>();

/** Boards that are read: those in the configured projects, and those in none. Listed once a run. */
export function boards(api: JiraApi): Promise<readonly Partition[]> {
  const known = boardsOf.get(api) ?? listBoards(api);
  boardsOf.set(api, known);
  return known;
}

const BOARD: Select<'id' | 'project'> = (records, fields) =>
  new Selection({ records, fields, record: { id: 'id', project: 'location.projectId' } });

async function listBoards(api: JiraApi): Promise<readonly Partition[]> {
  const { projects, excluded_projects } = api.config;
  const isFiltered = projects !== undefined || excluded_projects !== undefined;
  const wanted = isFiltered ? new Set((await api.projects()).map(({ key }) => key)) : undefined;
  const found: Partition[] = [];
  for await (const page of boardPages(api, BOARD)) {
    for (let row = 0; row < page.count; row++) {
      const project = page.value(row, 'project');
      if (wanted && project !== undefined && project !== null && !wanted.has(String(project))) continue;
      found.push({ key: String(page.value(row, 'id')) });
    }
  }
  return found;
}

/** Pages of a board's sprints; none where it has no sprints or cannot be viewed. */
export function sprintPages(
  api: JiraApi,
  stream: string,
  board: Partition,
  select: Select<string>,
): AsyncIterable<Page> {
  const pages = api.list(`/rest/agile/1.0/board/${board.key}/sprint`, {}, select);
  return unless([NO_SPRINTS, NO_BOARD], stream, api, pages);
}

const ID: Select<'id'> = (records, fields) => new Selection({ records, fields, record: { id: 'id' } });

/** The partitions of sprint_issues: every sprint of the boards that are read. Boards share sprints: one may come again. */
export async function* sprints(api: JiraApi): AsyncGenerator<Partition> {
  const all = await boards(api);
  // As many boards at a time as requests may be under way: one by one a thousand boards take minutes.
  const { concurrency } = api.config;
  for (let at = 0; at < all.length; at += concurrency) {
    const found = all.slice(at, at + concurrency).map((board) => sprintsOf(api, board));
    for (const listed of await Promise.all(found)) yield* listed;
  }
}

async function sprintsOf(api: JiraApi, board: Partition): Promise<Partition[]> {
  const found: Partition[] = [];
  for await (const page of sprintPages(api, 'sprint_issues', board, ID)) {
    for (let row = 0; row < page.count; row++) found.push({ key: String(page.value(row, 'id')) });
  }
  return found;
}

/** Pages of the issues of a board or sprint, by id and key only: `/rest/software/1.0/sprint/7/issue`. */
export function referencePages(api: JiraApi, path: string, select: Select<string>): AsyncIterable<Page> {
  const query = { fields: 'key', maxResults: MOST_KEYS };
  const selection = select('issues', { isLast: 'isLast', next: 'nextPageToken' });
  return pagesByToken(api.http, { path, query }, selection, {
    token: 'next',
    query: 'nextPageToken',
    isLast: 'isLast',
  });
}
