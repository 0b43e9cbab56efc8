import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { hashText } from '../../http/random.ts';
import { Refusal } from '../../http/refusal.ts';
import { putText } from '../../http/writer.ts';
import { errors, json, raw } from '../answer.ts';
import type { Board } from '../data/boards.ts';
import { lightForm, selectionOf } from '../data/selection.ts';
import { SITE } from '../data/site.ts';
import type { IssueVersion } from '../data/version.ts';
import type { Site } from '../site.ts';
import { versionAt } from '../store/store.ts';
import { agilePage } from './paged.ts';
import { queryTexts, within } from './parameters.ts';
import { expandOf, putIssues } from './search.ts';

const NO_BOARD =
  'The requested board cannot be viewed because it either does not exist or you do not have permission to view it.';
const NO_SPRINT =
  'The requested sprint cannot be viewed because it either does not exist or you do not have permission to view it.';
const GONE =
  'The requested API has been removed. Please migrate to the /rest/software/1.0 API with token based pagination.';

/** `GET /rest/agile/1.0/board/{boardId}/issue` and similar routes, which the vendor removed in November 2026. */
export function removedIssueList(): Answer {
  return errors(410, GONE);
}

/** `GET /rest/agile/1.0/board` */
export function listBoards(site: Site, call: Call): Answer {
  return agilePage(
    site,
    call,
    site.agile.boards.map(({ json }) => json),
  );
}

/** `GET /rest/agile/1.0/board/{boardId}` */
export function getBoard(site: Site, call: Call): Answer {
  return raw(boardOf(site, call).json);
}

/** `GET /rest/agile/1.0/board/{boardId}/configuration`: its columns and the statuses mapped to each. */
export function boardConfiguration(site: Site, call: Call): Answer {
  const { id, type, unmapped } = boardOf(site, call);
  const columns = ['To Do', 'In Progress', 'Done'].map((name, k) => ({
    name,
    statuses: unmapped ? [] : [{ id: String(10_000 + k), self: `${SITE}/rest/api/2/status/${10_000 + k}` }],
  }));
  return json({ id, type, columnConfig: { columns, constraintType: 'none' } });
}

/** `GET /rest/agile/1.0/sprint/{sprintId}` */
export function getSprint(site: Site, call: Call): Answer {
  const sprint = site.agile.sprints.get(Number(call.params.sprintId));
  if (!sprint) throw new Refusal(NO_SPRINT, 404);
  return raw(sprint.json);
}

/** `GET /rest/agile/1.0/board/{boardId}/sprint` */
export function listSprints(site: Site, call: Call): Answer {
  const { sprints } = boardOf(site, call);
  if (!sprints) throw new Refusal('The board does not support sprints');
  return agilePage(
    site,
    call,
    sprints.flatMap((id) => site.agile.sprints.get(id)?.json ?? []),
  );
}

/** `GET /rest/software/1.0/board/{boardId}/issue` */
export function boardIssues(site: Site, call: Call): Answer {
  const board = boardOf(site, call);
  if (board.unmapped) throw new Refusal('This board has no columns with a mapped status.', 422);
  return issuePage(site, call, ({ project }) => board.projects.includes(project));
}

/** `GET /rest/software/1.0/sprint/{sprintId}/issue` */
export function sprintIssues(site: Site, call: Call): Answer {
  const id = Number(call.params.sprintId);
  if (!site.agile.sprints.has(id)) throw new Refusal(NO_SPRINT, 404);
  return issuePage(site, call, ({ n }) => site.agile.sprintOf(n) === id);
}

/** The issue lists as an anonymous caller sees them. */
export function noBoardIssues(): Answer {
  return json({ issues: [], isLast: true });
}

function boardOf(site: Site, call: Call): Board {
  const found = site.agile.boards.find(({ id }) => String(id) === call.params.boardId);
  if (!found || found.hidden) throw new Refusal(NO_BOARD, 404);
  return found;
}

/**
 * The issues of a board or sprint, paged by token: `{"issues", "nextPageToken"?, "isLast"}`. The default page size is
 * 50; the maximum is 5,000 if only ids or keys are requested, otherwise 100. Returns all navigable fields unless the
 * request names others.
 */
function issuePage(site: Site, call: Call, holds: (version: IssueVersion) => boolean): Answer {
  if (call.query.has('jql')) throw new Refusal('jql is something that this sandbox does not know here.');
  const selection = selectionOf(queryTexts(call, 'fields') ?? ['*navigable']);
  const most = lightForm(selection) === undefined ? 100 : 5000;
  const maxResults = within(call.query.get('maxResults'), 50, 1, most, 'maxResults');
  const token = call.query.get('nextPageToken');
  const { store, world } = site;
  const found: IssueVersion[] = [];
  for (let n = token === null ? 0 : placeAfter(token, call.path); n < store.rows.count; n++) {
    const version = versionAt(store, n);
    const { visible, status } = world.projects[version.project]!;
    const isSeen = visible && status === 'live' && !store.concealed.has(n);
    if (!version.deleted && isSeen && holds(version)) found.push(version);
    if (found.length > maxResults) break;
  }
  const shown = found.slice(0, maxResults);
  const out = page(site);
  putText(out, '{"issues":[');
  putIssues(out, site, shown, selection, expandOf(queryTexts(call, 'expand')));
  const isEnd = found.length <= maxResults || call.paging === 'end-early';
  const next =
    call.paging === 'repeat-token' && token !== null ? token : tokenBehind(shown.at(-1), call.path);
  putText(out, isEnd ? '],"isLast":true}' : `],"nextPageToken":"${next}","isLast":false}`);
  return raw(out);
}

function tokenBehind(version: IssueVersion | undefined, path: string): string {
  return Buffer.from(JSON.stringify([hashText(path), (version?.n ?? -1) + 1])).toString('base64url');
}

function placeAfter(token: string, path: string): number {
  const parts = /^\[(\d+),(\d+)\]$/.exec(Buffer.from(token, 'base64url').toString());
  if (!parts || Number(parts[1]) !== hashText(path))
    throw new Refusal('The provided next page token is invalid or has expired.');
  return Number(parts[2]);
}
