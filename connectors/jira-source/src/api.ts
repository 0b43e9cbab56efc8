import {
  ConfigError,
  type HttpClient,
  isoUtc,
  type OpenContext,
  type Page,
  type Partition,
  pagesByOffset,
  type Select,
  Selection,
  type TimeRange,
} from '@headrace/sdk';
import { classifier, endpointOf } from './answers.ts';
import { cloud } from './cloud.ts';
import type { Config } from './config.ts';
import { dataCenter } from './data-center.ts';
import { type Deployment, PAGE_SIZE } from './deployment.ts';
import { type PassedOver, passedOver } from './passed-over.ts';
import { metered, sayPoints } from './points.ts';
import { signIn } from './sign-in.ts';

/** A project that the account can see. Keys get renamed; the id is what stays, so it is the partition. */
export interface Project extends Partition {
  readonly projectKey: string;
}

/** Jira's REST API, as much of it as the streams use: sign-in, calls and answers in this one place. */
export interface JiraApi extends Deployment {
  readonly config: Config;
  readonly http: HttpClient;
  /** What this read leaves out: told when it has ended. */
  readonly passedOver: PassedOver;
  /** Projects of the configuration, by id, in a stable order. Asked once a run. */
  projects(): Promise<readonly Project[]>;
  /** Pages of a list that is paged by `startAt` and says `isLast`. */
  list(path: string, query: Record<string, string>, select: Select<string>): AsyncIterable<Page>;
  /** Throws where the account may not be who it should be. */
  whoAmI(): Promise<void>;
  /** Whether the account lacks a global permission, by its key. */
  lacks(permission: string): Promise<boolean>;
  /** Called once when a read has ended: says what it left out and what it cost. */
  close(): void;
}

/** Called once, before anything is asked. @throws ConfigError where it is not known where to ask: see `signIn` */
export async function jiraApi(config: Config, context: OpenContext): Promise<JiraApi> {
  const { auth_type } = config.credentials;
  const isDataCenter = auth_type === 'personal_access_token';
  const client = context.http({
    ...(await signIn(config, context)),
    classify: classifier(auth_type),
    scope: endpointOf,
    limits: { budgets: isDataCenter ? [] : [{ requests: BURST_PER_SECOND, perMs: 1000, per: 'endpoint' }] },
  });
  // Quotas of points are for OAuth apps only.
  const meter = auth_type === 'oauth2' ? metered(client) : undefined;
  const http = meter?.http ?? client;
  const calls = isDataCenter ? dataCenter(http, config) : cloud(http, config);
  const left = passedOver(context.log);
  let projects: Promise<readonly Project[]> | undefined;

  async function loadProjects(): Promise<readonly Project[]> {
    const found: Project[] = [];
    for await (const page of calls.projectPages(ID_AND_KEY)) {
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
    ...calls,
    config,
    http,
    passedOver: left,
    list: (path, query, select) =>
      pagesByOffset(http, { path, query }, select('values', { isLast: 'isLast' }), {
        key: ['id'],
        offset: 'startAt',
        size: ['maxResults', PAGE_SIZE],
        isLast: 'isLast',
      }),
    projects: () => {
      projects ??= loadProjects();
      return projects;
    },
    whoAmI: async () => {
      await http.json({ path: calls.path('/myself') });
    },
    lacks: async (permission) => {
      const request = { path: calls.path('/mypermissions'), query: { permissions: permission } };
      const { permissions } = (await http.json(request)) as {
        permissions?: Record<string, { havePermission?: boolean }>;
      };
      return permissions?.[permission]?.havePermission !== true;
    },
    close: () => {
      left.tell();
      if (meter) context.log.info(sayPoints(meter.spent()));
    },
  };
}

/** What Jira Cloud lets through a second, by site, method and endpoint (jira-cloud.md, Rate limits). */
const BURST_PER_SECOND = 100;

/** What is looked at where projects are no stream but partitions. */
const ID_AND_KEY: Select<'id' | 'key'> = (records, fields) =>
  new Selection({ records, fields, record: { id: 'id', key: 'key' } });

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
