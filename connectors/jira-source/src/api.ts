import {
  ConfigError,
  type HttpClient,
  isoUtc,
  type OpenContext,
  type Page,
  type Partition,
  pagesByOffset,
  pagesByToken,
  type Select,
  Selection,
  type TimeRange,
} from '@headrace/sdk';
import { classifier, endpointOf } from './answers.ts';
import type { Config } from './config.ts';
import { signIn } from './sign-in.ts';

/** A project that the account can see. Keys get renamed; the id is what stays, so it is the partition. */
export interface Project extends Partition {
  readonly projectKey: string;
}

/** Jira Cloud's REST API v3, as much of it as the streams use: calls and answers in this one place. */
export interface JiraApi {
  readonly config: Config;
  readonly http: HttpClient;
  /** Projects of the configuration, by id, in a stable order. Asked once a run. */
  projects(): Promise<readonly Project[]>;
  /** Pages of a list that is paged by `startAt` and says `isLast`. */
  list(path: string, query: Record<string, string>, select: Select<string>): AsyncIterable<Page>;
  /** Pages of a search, by token (`POST /search/jql`), in the order of the issues' last change. */
  search(jql: string, select: Select<string>): AsyncIterable<Page>;
  /** How many issues a search finds, about (`POST /search/approximate-count`). */
  count(jql: string): Promise<number | undefined>;
  /** Throws where the account may not be who it should be. */
  whoAmI(): Promise<void>;
  /** Whether the account lacks a global permission, by its key. */
  lacks(permission: string): Promise<boolean>;
}

/** Search answers at most 100 issues a page once fields are asked for, lists mostly 100 too. */
const PAGE_SIZE = 100;

export async function jiraApi(config: Config, context: OpenContext): Promise<JiraApi> {
  const http = context.http({
    ...(await signIn(config, context)),
    classify: classifier(config.credentials.auth_type),
    scope: endpointOf,
    limits: { budgets: [{ requests: BURST_PER_SECOND, perMs: 1000, per: 'endpoint' }] },
  });
  let projects: Promise<readonly Project[]> | undefined;

  /** A list paged by `startAt` that says `isLast`. */
  const list: JiraApi['list'] = (path, query, select) =>
    pagesByOffset(http, { path, query }, select('values', { isLast: 'isLast' }), {
      key: ['id'],
      offset: 'startAt',
      size: ['maxResults', PAGE_SIZE],
      isLast: 'isLast',
    });

  const search: JiraApi['search'] = (jql, select) => {
    const expand = config.expand.length > 0 ? { expand: config.expand.join(',') } : {};
    const body = {
      jql: `${jql} ORDER BY updated ASC, key ASC`,
      fields: searchFields(config),
      maxResults: PAGE_SIZE,
      ...expand,
    };
    const selection = select('issues', { isLast: 'isLast', nextPageToken: 'nextPageToken' });
    return pagesByToken(http, { method: 'POST', path: '/rest/api/3/search/jql', body }, selection, {
      token: 'nextPageToken',
      body: 'nextPageToken',
      isLast: 'isLast',
    });
  };

  async function loadProjects(): Promise<readonly Project[]> {
    const found: Project[] = [];
    for await (const page of list('/rest/api/3/project/search', { status: 'live,archived' }, ID_AND_KEY)) {
      for (let row = 0; row < page.count; row++)
        found.push({ key: String(page.value(row, 'id')), projectKey: String(page.value(row, 'key')) });
    }
    const { projects: wanted, excluded_projects: excluded = [] } = config;
    const unseen = (wanted ?? []).filter((key) => !found.some(({ projectKey }) => projectKey === key));
    if (unseen.length > 0) {
      const hint = 'check the key and the account’s “Browse projects” permission';
      throw new ConfigError(`the account sees no project ${unseen.join(', ')}`, {
        code: 'jira.project_not_found',
        place: 'config.projects',
        hint,
      });
    }
    return found.filter(
      ({ projectKey }) => (!wanted || wanted.includes(projectKey)) && !excluded.includes(projectKey),
    );
  }

  return {
    config,
    http,
    list,
    search,
    count: async (jql) => {
      const path = '/rest/api/3/search/approximate-count';
      const { count } = (await http.json({ method: 'POST', path, body: { jql } })) as { count?: unknown };
      return typeof count === 'number' ? count : undefined;
    },
    projects: () => {
      projects ??= loadProjects();
      return projects;
    },
    whoAmI: async () => {
      await http.json({ path: '/rest/api/3/myself' });
    },
    lacks: async (permission) => {
      const answer = (await http.json({
        path: '/rest/api/3/mypermissions',
        query: { permissions: permission },
      })) as {
        permissions?: Record<string, { havePermission?: boolean }>;
      };
      return answer.permissions?.[permission]?.havePermission !== true;
    },
  };
}

/** What Jira lets through a second, by site, method and endpoint (jira-cloud.md, Rate limits). */
const BURST_PER_SECOND = 100;

/** What is looked at where projects are no stream but partitions. */
const ID_AND_KEY: Select<'id' | 'key'> = (records, fields) =>
  new Selection({ records, fields, record: { id: 'id', key: 'key' } });

/** What cursor, keys and context fields of the issues need, whatever subset of fields is configured. */
const NEEDED = ['updated', 'created', 'project'];

function searchFields({ fields }: Config): string[] {
  // `-name` alone means everything but that; what is needed cannot be taken away.
  const base = fields.every((name) => name.startsWith('-')) ? ['*all', ...fields] : fields;
  const kept = base.filter((name) => !NEEDED.includes(name.slice(1)));
  return [...new Set([...kept, ...(kept.includes('*all') ? [] : NEEDED)])];
}

/** JQL for one project's issues whose last change lies in a range. */
export function issuesIn(project: Project, { since, until }: TimeRange): string {
  // Epoch milliseconds: a written date would be in the token owner's time zone. Whole minutes are all JQL sees.
  const from = since === undefined ? '' : ` AND updated >= ${since}`;
  const to = until === undefined ? '' : ` AND updated < ${until}`;
  return `project = ${project.key}${from}${to}`;
}

/** An instant in UTC, for context fields; undefined where there is none. */
export function utc(instant: number): string | undefined {
  return Number.isNaN(instant) ? undefined : isoUtc(instant);
}
