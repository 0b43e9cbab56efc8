import {
  DataError,
  type HttpClient,
  type OpenContext,
  type Page,
  type PassedOver,
  pagesByOffset,
  passedOver,
  type Select,
  type TimeRange,
} from '@headrace/sdk';
import { classifier, endpointOf, errorsIn } from './answers/classify.ts';
import { type Warned, warnedBy } from './answers/warnings.ts';
import type { Config } from './config.ts';
import { type Development, development } from './development/development.ts';
import type { Permissions } from './refusals/kinds.ts';
import { cloud } from './site/cloud.ts';
import { dataCenter } from './site/data-center.ts';
import { type Deployment, PAGE_SIZE } from './site/deployment.ts';
import { metered, sayPoints } from './site/points.ts';
import { type Project, type Projects, projectsOf } from './site/projects.ts';
import { signIn } from './site/sign-in.ts';
import { type ReferencedUsers, referencedUsers } from './users/references.ts';

/** What the streams use of Jira's REST API. Everything about sign-in, requests and errors is below it. */
export interface JiraApi extends Deployment {
  readonly config: Config;
  readonly http: HttpClient;
  /** See `Projects`. */
  readonly isFiltered: boolean;
  readonly projects: Projects['all'];
  readonly searchedProjects: Projects['searched'];
  readonly isSearched: Projects['isSearched'];
  readonly projectNames: Projects['names'];
  /** The states of each stream at the start of the read. */
  readonly states: NonNullable<OpenContext['reading']>['states'];
  /** What this read skips. It is logged at the end. */
  readonly passedOver: PassedOver;
  /** Logs the warnings of searches. */
  readonly warned: Warned;
  readonly development: Development;
  readonly accounts: ReferencedUsers;
  /** True if only `users` is read and it owes nothing. Then there are no references, and all accounts are read. */
  readonly isUsersAlone: boolean;
  /** Pages of a list with the parameter `startAt` and the fields `isLast` and, usually, `total`. */
  list(path: string, query: Record<string, string>, select: Select<string>): AsyncIterable<Page>;
  /** @throws HeadraceError if Jira rejects the credentials */
  whoAmI(): Promise<void>;
  /** Whether the account lacks the global permission with this key. */
  lacks(permission: string): Promise<boolean>;
  /** Called once at the end of a read. Logs what the read skipped and what it cost. */
  close(): void;
}

/** Called once, before any request. @throws ConfigError if the address cannot be determined; see `signIn` */
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
  // Only OAuth apps have point quotas.
  const meter = auth_type === 'oauth2' ? metered(client) : undefined;
  const http = meter?.http ?? client;
  const passed = passedOver(context.log);
  const warned = warnedBy(http, context.log);
  const calls = isDataCenter ? dataCenter(http, passed, warned) : cloud(http, passed, warned);
  const panels = development(http, context.log, config.concurrency);
  const accounts = referencedUsers(http, context.log);
  const states = context.reading?.states ?? new Map();
  const projects = projectsOf(config, { http, calls, log: context.log, passedOver: passed, states });

  return {
    ...calls,
    config,
    http,
    list: (path, query, select) =>
      pagesByOffset(http, { path, query }, select('values', { isLast: 'isLast', total: 'total' }), {
        key: ['id'],
        offset: 'startAt',
        size: ['maxResults', PAGE_SIZE],
        isLast: 'isLast',
        total: 'total',
      }),
    isFiltered: projects.isFiltered,
    projects: projects.all,
    searchedProjects: projects.searched,
    isSearched: projects.isSearched,
    projectNames: projects.names,
    states,
    passedOver: passed,
    warned,
    development: panels,
    accounts,
    isUsersAlone: isUsersAlone(context.reading),
    whoAmI: async () => {
      await http.json({ path: calls.path('/myself') });
    },
    lacks: async (permission) => {
      const request = { path: calls.path('/mypermissions'), query: { permissions: permission } };
      const answer = (await http.json(request)) as Permissions | null;
      const has = answer?.permissions?.[permission]?.havePermission;
      if (typeof has === 'boolean') return !has;
      throw new DataError(`Jira does not say whether the account has the permission ${permission}`, {
        code: 'jira.permission_untold',
        place: `GET ${request.path}`,
        status: 200,
      });
    },
    close: () => {
      panels.tell();
      accounts.tell();
      passed.tell();
      if (meter) context.log.info(sayPoints(meter.spent()));
    },
  };
}

/** If a runner retries only the stream `users`, its state owes accounts, and only those must be sent. */
function isUsersAlone(reading: OpenContext['reading']): boolean {
  const saved = reading?.states.get('users')?.partitions as Record<string, { owed?: unknown }> | undefined;
  return saved?.['']?.owed === undefined && reading?.streams?.every(({ name }) => name === 'users') === true;
}

/** Requests per second that Jira Cloud allows for each endpoint (docs/vendors/jira-cloud.md, Rate limits). */
const BURST_PER_SECOND = 100;

/** JQL for the issues of one project that were last changed in a range. */
export function issuesIn(project: Project, { since, until }: TimeRange): string {
  // Milliseconds since 1970, because JQL interprets dates in the time zone of the token's owner.
  const from = since === undefined ? '' : ` AND updated >= ${since}`;
  const to = until === undefined ? '' : ` AND updated < ${until}`;
  return `project = ${project.key}${from}${to}`;
}
