import { type ApiRequest, type HttpClient, isHeadraceError } from '@headrace/sdk';
import { refusalOf } from '../answers/words.ts';

/** The request that Jira refused. */
export interface Asked {
  readonly http: HttpClient;
  /** The board, sprint, project or issue that it concerns. */
  readonly id: string;
  /** The refused path, or the path of the issue it concerns; without the query. */
  readonly path: string;
}

/** A kind of refusal which means that there is nothing to read. It is not an error. */
export interface Refusal {
  /** What is skipped, for `PassedOver.add`. */
  readonly what: string;
  /** Statuses of this refusal. A status alone proves nothing, because invalid JQL is also a 400. */
  readonly statuses: readonly number[];
  /** Jira's known English messages for it. */
  readonly says: readonly RegExp[];
  /** Sends a second request to check whether Jira's data confirm the refusal. */
  readonly isSo: (asked: Asked) => Promise<boolean>;
}

const AGILE = '/rest/agile/1.0';
const GONE = [403, 404];

export const NO_SPRINTS: Refusal = {
  what: 'boards that have no sprints',
  statuses: [400],
  says: [/board does not support sprints/i],
  // A scrum board always has sprints. A board of a team-managed project (`simple`) may have them.
  isSo: async ({ http, id }) => {
    const board = await seen<{ type?: unknown }>(http, { path: `${AGILE}/board/${id}` });
    return typeof board?.type === 'string' && board.type !== 'scrum';
  },
};

export const NO_BOARD: Refusal = {
  what: 'boards that are private or deleted',
  statuses: [400, ...GONE],
  says: [
    /requested board cannot be viewed/i,
    /board does not exist or you do not have permission to (see|view) it/i,
  ],
  isSo: ({ http, id }) => isRefused(http, { path: `${AGILE}/board/${id}` }),
};

interface Configuration {
  readonly columnConfig?: { readonly columns?: ReadonlyArray<{ readonly statuses?: readonly unknown[] }> };
}

export const NO_COLUMNS: Refusal = {
  what: 'boards without a column that has a status',
  statuses: [400, 422],
  says: [/board has no columns with a mapped status/i],
  isSo: async ({ http, id }) => {
    const found = await seen<Configuration>(http, { path: `${AGILE}/board/${id}/configuration` });
    return found?.columnConfig?.columns?.every(({ statuses = [] }) => statuses.length === 0) === true;
  },
};

export const NO_SPRINT: Refusal = {
  what: 'sprints that disappeared during the read',
  statuses: GONE,
  says: [/requested sprint cannot be viewed/i, /sprint does not exist/i],
  isSo: ({ http, id }) => isRefused(http, { path: `${AGILE}/sprint/${id}` }),
};

export const NO_PROJECT: Refusal = {
  what: 'projects that became invisible during the read',
  statuses: GONE,
  says: [/no project could be found with/i],
  isSo: async ({ http, id }) => {
    const query = { id, status: 'live,archived,deleted' };
    const found = await seen<{ values?: unknown }>(http, { path: '/rest/api/3/project/search', query });
    return Array.isArray(found?.values) && found.values.length === 0;
  },
};

export const NO_ISSUE: Refusal = {
  what: 'issues that disappeared while their entries were read',
  statuses: GONE,
  // The second message is from Data Center. The third has the status 403.
  says: [
    /issue does not exist or you do not have permission to see it/i,
    /^issue does not exist\.?$/i,
    /do not have the permission to see the specified issue/i,
  ],
  isSo: ({ http, path }) => isRefused(http, { path, query: { fields: 'id' } }),
};

export const NO_LINKS: Refusal = {
  what: 'the list, because issue linking is disabled on this site',
  statuses: GONE,
  says: [/issue linking is currently disabled/i],
  isSo: async ({ http }) => {
    const site = await seen<{ issueLinkingEnabled?: unknown }>(http, { path: '/rest/api/3/configuration' });
    return site?.issueLinkingEnabled === false;
  },
};

export const NO_FIELD_SEARCH: Refusal = {
  what: 'the list of fields that only administrators may search',
  statuses: [403],
  says: [/only jira administrators can access this/i],
  isSo: async ({ http }) => {
    const query = { permissions: 'ADMINISTER' };
    const found = await seen<Permissions>(http, { path: '/rest/api/3/mypermissions', query });
    return found?.permissions?.ADMINISTER?.havePermission === false;
  },
};

/** The response of `/mypermissions`. */
export interface Permissions {
  readonly permissions?: Readonly<Record<string, { readonly havePermission?: unknown } | undefined>> | null;
}

/** The response, or undefined if Jira does not show it. */
async function seen<T>(http: HttpClient, request: ApiRequest): Promise<T | undefined> {
  try {
    return (await http.json(request)) as T;
  } catch (error) {
    // If the second request fails too, the refusal is not confirmed and remains an error.
    if (isHeadraceError(error)) return undefined;
    throw error;
  }
}

/** Whether Jira refuses to show this, because it is gone or not visible to the account. */
async function isRefused(http: HttpClient, request: ApiRequest): Promise<boolean> {
  try {
    await http.json(request);
    return false;
  } catch (error) {
    if (!isHeadraceError(error)) throw error;
    return GONE.includes(refusalOf(error)?.status ?? 0);
  }
}
