import {
  childrenOf,
  type Listing,
  type Page,
  type Partition,
  type PartitionStates,
  pagesByToken,
  type Select,
  selectOf,
  sharedList,
} from '@headrace/sdk';
import { idOf } from '../answers/pages.ts';
import { WARNINGS } from '../answers/warnings.ts';
import type { JiraApi } from '../api.ts';
import { NO_BOARD, NO_COLUMNS, NO_SPRINTS } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';

/** Issues per page if only keys are requested (docs/vendors/jira-cloud.md, Changes that break older connectors, 2). */
const MOST_KEYS = 5000;

/** Pages of every board that the account can see. */
export function boardPages(api: JiraApi, select: Select<string>): AsyncIterable<Page> {
  return api.list('/rest/agile/1.0/board', {}, select);
}

const boardsOf = new WeakMap<JiraApi, AsyncIterable<Partition>>();

/** The boards to read: those of the configured projects, and those without a project. Listed once per run. */
export function boards(api: JiraApi): AsyncIterable<Partition> {
  const known = boardsOf.get(api) ?? sharedList(listBoards(api));
  boardsOf.set(api, known);
  return known;
}

const BOARD = selectOf({ id: 'id', project: 'location.projectId' });

async function* listBoards(api: JiraApi): AsyncGenerator<Partition> {
  const wanted = api.isFiltered ? new Set((await api.projects()).map(({ key }) => key)) : undefined;
  for await (const page of boardPages(api, BOARD)) {
    for (let row = 0; row < page.count; row++) {
      // A personal board has no project.
      const project = page.id(row, 'project');
      if (wanted && project !== undefined && !wanted.has(project)) continue;
      yield { key: idOf(page, row) };
    }
  }
}

/** Pages of a board's sprints. Empty if the board has no sprints or columns, or is not visible. */
export function sprintPages(
  api: JiraApi,
  stream: string,
  board: Partition,
  select: Select<string>,
): AsyncIterable<Page> {
  const path = `/rest/agile/1.0/board/${board.key}/sprint`;
  const asked = { stream, id: board.key, path };
  return unless([NO_SPRINTS, NO_BOARD, NO_COLUMNS], asked, api, api.list(path, {}, select));
}

const ID = selectOf({ id: 'id' });

/**
 * Every sprint of the boards to read: the partitions of sprint_issues. A sprint that boards share can appear several
 * times. If a board fails, the error is reported and the sprints of the other boards are read.
 */
export function sprints(
  api: JiraApi,
  _saved: PartitionStates,
  { failed }: Listing,
): AsyncIterable<Partition> {
  return childrenOf(boards(api), {
    list: (board) => sprintsOf(api, board),
    name: ({ key }) => `board ${key}`,
    // One at a time, a thousand boards would take minutes.
    most: api.config.concurrency,
    failed,
  });
}

async function* sprintsOf(api: JiraApi, board: Partition): AsyncGenerator<Partition> {
  for await (const page of sprintPages(api, 'sprint_issues', board, ID))
    for (let row = 0; row < page.count; row++) yield { key: idOf(page, row) };
}

/** Pages of the issues of a board or sprint, with only id and key: `/rest/software/1.0/sprint/7/issue`. */
export function referencePages(api: JiraApi, path: string, select: Select<string>): AsyncIterable<Page> {
  const query = { fields: 'key' };
  const selection = select('issues', { isLast: 'isLast', next: 'nextPageToken', ...WARNINGS });
  const paging = {
    token: 'next',
    query: 'nextPageToken',
    isLast: 'isLast',
    size: ['maxResults', MOST_KEYS],
  } as const;
  return api.warned(pagesByToken(api.http, { path, query }, selection, paging));
}
