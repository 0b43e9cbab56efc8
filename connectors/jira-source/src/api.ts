import { setTimeout as wait } from 'node:timers/promises';
import {
  ConfigError,
  type HttpClient,
  type OpenContext,
  type Page,
  type Partition,
  pagesByOffset,
  type Select,
  Selection,
  type TimeRange,
} from '@headrace/sdk';
import { classifier, endpointOf, errorsIn } from './answers.ts';
import { cloud } from './cloud.ts';
import type { Config } from './config.ts';
import { dataCenter } from './data-center.ts';
import { type Deployment, PAGE_SIZE } from './deployment.ts';
import { type Development, development } from './development.ts';
import { idOf } from './pages.ts';
import { type PassedOver, passedOver } from './passed-over.ts';
import { metered, sayPoints } from './points.ts';
import { type ReferencedUsers, referencedUsers } from './references.ts';
import { signIn } from './sign-in.ts';

/** A project that the account can see. Keys get renamed; the id is what stays, so it is the partition. */
export interface Project extends Partition {
  readonly projectKey: string;
  /** Jira's search does not find the issues of an archived project. */
  readonly isArchived: boolean;
}

/** Jira's REST API, as much of it as the streams use: sign-in, calls and answers in this one place. */
export interface JiraApi extends Deployment {
  readonly config: Config;
  readonly http: HttpClient;
  /** Projects of the configuration, by id, in a stable order. Asked once a run. */
  projects(): Promise<readonly Project[]>;
  /** Those of them whose issues a search finds. What is left out is said once. */
  searchedProjects(): Promise<readonly Project[]>;
  /** Whether a project, by its id, is there now and searched; several questions are one request. */
  isSearched(id: string): Promise<boolean>;
  /** The states that the read began with, per stream. */
  readonly states: NonNullable<OpenContext['reading']>['states'];
  /** What this read leaves out, told at its end. */
  readonly passedOver: PassedOver;
  readonly development: Development;
  readonly accounts: ReferencedUsers;
  /** `users` is the only stream that is read, and owes nothing: nobody refers to anybody. */
  readonly isUsersAlone: boolean;
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
    errorsIn,
    scope: endpointOf,
    limits: { budgets: isDataCenter ? [] : [{ requests: BURST_PER_SECOND, perMs: 1000, per: 'endpoint' }] },
  });
  // Quotas of points are for OAuth apps only.
  const meter = auth_type === 'oauth2' ? metered(client) : undefined;
  const http = meter?.http ?? client;
  const passed = passedOver(context.log);
  const calls = isDataCenter ? dataCenter(http, passed) : cloud(http);
  const panels = development(http, context.log, config.concurrency);
  const accounts = referencedUsers(http, context.log);
  let projects: Promise<readonly Project[]> | undefined;

  async function seenProjects(): Promise<Project[]> {
    const found: Project[] = [];
    for await (const page of calls.projectPages(LOOKED_AT)) {
      for (let row = 0; row < page.count; row++)
        found.push({
          key: idOf(page, row),
          projectKey: page.text(row, 'key') ?? '',
          isArchived: page.value(row, 'archived') === true,
        });
    }
    return found;
  }

  async function loadProjects(): Promise<readonly Project[]> {
    const found = await seenProjects();
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
    searchedProjects: async () => {
      projects ??= loadProjects();
      const all = await projects;
      const searched = all.filter(({ isArchived }) => !isArchived);
      if (all.length > searched.length) passed.add('issues', ARCHIVED, all.length - searched.length);
      return searched;
    },
    isSearched: batched(async () => {
      const now = await seenProjects();
      return new Set(now.filter(({ isArchived }) => !isArchived).map(({ key }) => key));
    }),
    states: context.reading?.states ?? new Map(),
    passedOver: passed,
    development: panels,
    accounts,
    isUsersAlone: isUsersAlone(context.reading),
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
      panels.tell();
      accounts.tell();
      passed.tell();
      if (meter) context.log.info(sayPoints(meter.spent()));
    },
  };
}

/** A runner that tries again reads only what is unfinished: `users` has to send what it owes then, and no more. */
function isUsersAlone(reading: OpenContext['reading']): boolean {
  const saved = reading?.states.get('users')?.partitions as Record<string, { owed?: unknown }> | undefined;
  return saved?.['']?.owed === undefined && reading?.streams?.every(({ name }) => name === 'users') === true;
}

/** What Jira Cloud lets through a second, by site, method and endpoint (jira-cloud.md, Rate limits). */
const BURST_PER_SECOND = 100;

/** What is looked at where projects are no stream but partitions. */
const LOOKED_AT: Select<'id' | 'key' | 'archived'> = (records, fields) =>
  new Selection({ records, fields, record: { id: 'id', key: 'key', archived: 'archived' } });

/** Their places are kept: what changes after they are taken out of the archive is read from there. */
const ARCHIVED = 'archived projects, whose issues Jira’s search does not find';

/** So long a question waits for others: they become one request. */
const GATHER_MS = 50;

/** Several questions are one request, which is made after the last of them was asked. */
function batched(ask: () => Promise<ReadonlySet<string>>): (id: string) => Promise<boolean> {
  let next: Promise<ReadonlySet<string>> | undefined;
  return async (id) => {
    next ??= wait(GATHER_MS).then(() => {
      next = undefined;
      return ask();
    });
    return (await next).has(id);
  };
}

/** JQL for one project's issues whose last change lies in a range. */
export function issuesIn(project: Project, { since, until }: TimeRange): string {
  // Epoch milliseconds: a written date would be in the token owner's time zone. Whole minutes are all JQL sees.
  const from = since === undefined ? '' : ` AND updated >= ${since}`;
  const to = until === undefined ? '' : ` AND updated < ${until}`;
  return `project = ${project.key}${from}${to}`;
}
