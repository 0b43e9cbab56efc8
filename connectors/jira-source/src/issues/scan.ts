import { Buffer } from 'node:buffer';
import { defineScan, isoUtc, type Parent } from '@headrace/sdk';
import { issuesIn, type JiraApi } from '../api.ts';
import { issueParts } from './parts.ts';
import { confirmSeen } from './places.ts';

/** Approximate number of issues per window if a scan is split: some pages of a search. */
const WINDOW_ROWS = 2500;
/** Maximum number of concurrent windows in one project. */
const MOST_WINDOWS = 16;

const RECORD = {
  id: 'id',
  key: 'key',
  updated: 'fields.updated',
  created: 'fields.created',
  projectId: 'fields.project.id',
  projectKey: 'fields.project.key',
} as const;

/**
 * The streams that must be read before issues: the census finds issues that became visible again and marks them as owed
 * (`ReadContext.owe`).
 */
export const CENSUS = ['issue_deletions'];

/** An issue, as seen by the streams of its entries. */
export type Issue = Parent<keyof typeof RECORD>;

/**
 * The shared scan over the issues of each project, ordered by their last change. Its members are the issues and their
 * changelogs, comments, attachments and Development panels.
 */
export const issueScan = defineScan<JiraApi>()({
  name: 'issues',
  record: RECORD,
  key: 'id',
  value: 'updated',
  partitions: (api, listing) => api.searchedProjects(listing),
  window: ({ config }) => ({
    safetyMinutes: config.safety_window_minutes,
    start: config.start_date === undefined ? undefined : Date.parse(config.start_date),
    split: { rows: WINDOW_ROWS, most: MOST_WINDOWS },
  }),
  read: async function* ({ api, partition, range, streams, select }) {
    yield* api.search(issuesIn(partition, range), select, await partsFor(api, streams));
  },
  count: (api, project, range) => api.count(issuesIn(project, range)),
  ids: (api, project, range) => api.issueIds(issuesIn(project, range)),
  fetch: async function* ({ api, ids, streams, select }) {
    yield* api.issuesById(ids, select, await partsFor(api, streams));
  },
  // If a project is no longer visible, a search finds nothing and reports no error.
  confirm: confirmSeen,
  arrival: {
    stream: 'issue_changelogs',
    at: (page, row) => (isMove(page.record(row)) ? page.instant(row, 'created') : undefined),
    owing: ['worklogs'],
  },
});

async function partsFor(api: JiraApi, streams: ReadonlySet<string>) {
  const development = streams.has('dev_status') ? await api.development.field() : undefined;
  return issueParts(api.config, streams, development, api.deployment === 'data-center');
}

/** A changelog entry of a move contains one of these. Inside a JSON string, the quotes would be escaped. */
const MOVES = ['"field":"project"', '"field":"Key"'];

function isMove(entry: Uint8Array): boolean {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
  return MOVES.some((move) => bytes.includes(move));
}

/** Formats an instant in UTC for context fields; undefined if there is none. */
export function utc(instant: number): string | undefined {
  return Number.isNaN(instant) ? undefined : isoUtc(instant);
}
