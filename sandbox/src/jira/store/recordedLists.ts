import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Agile, Board, Sprint } from '../data/boards.ts';
import { jsonOf, type SiteLists, statusDetails } from '../data/lists.ts';
import { SITE } from '../data/site.ts';
import type { JiraSettings } from '../options.ts';
import { bodies, folderOf } from './recorded.ts';

/** What of a recorded site's lists was recorded; the rest is made. */
export function recordedLists(settings: JiraSettings): Partial<SiteLists> {
  const [types, statuses] = [rowsOf(settings, 'issue_types'), rowsOf(settings, 'status')];
  return {
    ...(types && { issueTypes: types }),
    // Recorded from the older endpoint: the same statuses as `/statuses/search` writes them.
    ...(statuses && { statuses: statuses.map((row) => statusDetails(row, scopeOf(row))) }),
  };
}

/** The recorded sprints, on boards made for them, which find the issues of every project. */
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
    // Which issues were in them was not recorded.
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
