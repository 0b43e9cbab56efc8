import catalog from '../../specs/jira-source.catalog.json' with { type: 'json' };
import { type JiraRead, requestsOf } from './jira-read.ts';

/** Serves several streams at once; see `sharesOf`. */
const SEARCH = ['POST /rest/api/3/search/jql', 'POST /rest/api/3/search/approximate-count'];

/** Routes that are requested for one stream, or for all streams that need the same list. */
const OF_STREAM: Readonly<Record<string, readonly string[]>> = {
  issues: SEARCH,
  issue_changelogs: ['POST /rest/api/3/changelog/bulkfetch'],
  comments: ['GET /rest/api/3/issue/{idOrKey}/comment'],
  worklogs: ['GET /rest/api/3/worklog/updated', 'POST /rest/api/3/worklog/list'],
  worklog_deletions: ['GET /rest/api/3/worklog/deleted'],
  dev_status: ['GET /rest/dev-status/1.0/issue/summary', 'GET /rest/dev-status/1.0/issue/detail'],
  projects: ['GET /rest/api/3/project/search'],
  project_versions: ['GET /rest/api/3/project/{idOrKey}/version'],
  project_components: ['GET /rest/api/3/project/{idOrKey}/component'],
  boards: ['GET /rest/agile/1.0/board'],
  board_issues: ['GET /rest/software/1.0/board/{boardId}/issue'],
  sprints: ['GET /rest/agile/1.0/board/{boardId}/sprint'],
  sprint_issues: ['GET /rest/software/1.0/sprint/{sprintId}/issue'],
  users: ['GET /rest/api/3/user/bulk'],
  fields: ['GET /rest/api/3/field', 'GET /rest/api/3/field/search'],
  statuses: ['GET /rest/api/3/statuses/search'],
  issue_types: ['GET /rest/api/3/issuetype'],
  priorities: ['GET /rest/api/3/priority/search'],
  resolutions: ['GET /rest/api/3/resolution/search'],
  labels: ['GET /rest/api/3/label'],
  issue_link_types: ['GET /rest/api/3/issueLinkType'],
  permission_schemes: ['GET /rest/api/3/permissionscheme'],
  workflows: ['GET /rest/api/3/workflows/search'],
  audit_records: ['GET /rest/api/3/auditing/record'],
};

/** Requests that belong to no stream: the account's permissions, and the vendor's clock. */
export const FOR_NOBODY = 'permissions and the clock';

/**
 * The requests of a read of all streams, by purpose.
 * @param census a read of only `issue_deletions`, to separate its search requests, which the sandbox counts together
 * with the others
 */
export function sharesOf(read: JiraRead, census: JiraRead): Map<string, number> {
  const shares = new Map<string, number>();
  const ofCensus = requestsOf(census, SEARCH);
  for (const { name: stream } of catalog.streams)
    shares.set(stream, requestsOf(read, OF_STREAM[stream] ?? []) - (stream === 'issues' ? ofCensus : 0));
  shares.set('issue_deletions', ofCensus);
  const served = [...shares.values()].reduce((sum, count) => sum + count, 0);
  shares.set(FOR_NOBODY, requestsOf(read) - served);
  return shares;
}
