import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bodies } from '../../http/recorded.ts';
import type { Agile, Board, Sprint } from '../data/boards.ts';
import { jsonOf, type SiteLists, statusDetails } from '../data/lists.ts';
import { SITE } from '../data/site.ts';
import type { JiraSettings } from '../options.ts';
import { folderOf } from './recorded.ts';

/** The recorded lists of a site. All other lists are generated. */
export function recordedLists(settings: JiraSettings): Partial<SiteLists> {
  const [types, statuses] = [rowsOf(settings, 'issue_types'), rowsOf(settings, 'status')];
  return {
    ...(types && { issueTypes: types }),
    // The recording is from the older endpoint; convert it to the format of `/statuses/search`.
    ...(statuses && { statuses: statuses.map((row) => statusDetails(row, scopeOf(row))) }),
  };
}

/** The recorded sprints, on generated boards whose filters cover every project. */
export function recordedAgile(settings: JiraSettings, projects: number): Agile | undefined {
  const rows = rowsOf(settings, 'sprints');
  if (!rows) return undefined;
  const sprints = rows.map((json) => {
    const facts = JSON.parse(json.toString()) as Pick<Sprint, 'id' | 'state'> & { originBoardId: number };
    return { ...facts, json };
  });
  const boards = [...Map.groupBy(sprints, ({ originBoardId }) => originBoardId)].map(
    ([id, own]): Board => ({
      id,
      type: 'scrum',
      projects: Array.from({ length: projects }, (_, i) => i),
      sprints: own.map((sprint) => sprint.id),
      hidden: false,
      unmapped: false,
      json: jsonOf({ id, self: `${SITE}/rest/agile/1.0/board/${id}`, name: `Board ${id}`, type: 'scrum' }),
    }),
  );
  return {
    boards,
    sprints: new Map(sprints.map((sprint) => [sprint.id, sprint])),
    // The recording does not say which issues were in them.
    sprintOf: () => undefined,
  };
}

function rowsOf(settings: JiraSettings, name: string): Buffer[] | undefined {
  const file = join(folderOf(settings), `jira_${name}.jsonl`);
  return existsSync(file) ? bodies(file) : undefined;
}

function scopeOf(status: Buffer): object {
  return (JSON.parse(status.toString()) as { scope?: object }).scope ?? { type: 'GLOBAL' };
}
