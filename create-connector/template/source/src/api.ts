import {
  type Answer,
  type ApiRequest,
  bearer,
  ConfigError,
  DataError,
  type OpenContext,
  type Page,
  type Partition,
  pagesByToken,
  type Select,
  Selection,
  type TimeRange,
  type Verdict,
} from '@headrace/sdk';
import type { Config } from './config.ts';

/** What is read side by side, each with a state of its own. Its key must never change: an id, not a name. */
export interface Group extends Partition {
  readonly name: string | undefined;
}

/** Acme's API, as much of it as the streams use: calls and answers in this one place. */
export interface AcmeApi {
  readonly config: Config;
  /** Throws a ConfigError where the token does not work. */
  whoAmI(): Promise<void>;
  groups(): Promise<readonly Group[]>;
  /** A group's items that were updated in the range, ordered by their time of update. */
  items(group: string, range: TimeRange, select: Select<string>): AsyncIterable<Page>;
}

/** What an answer says besides its records. */
const TOKEN = { nextPageToken: 'nextPageToken' };
const GROUPS = new Selection({ records: 'groups', fields: TOKEN, record: { id: 'id', name: 'name' } });

/** Called once, before anything is asked. Retries, limits, logs and signals are the SDK's business. */
export function acmeApi(config: Config, { http: createHttp }: OpenContext): AcmeApi {
  const http = createHttp({ baseUrl: config.base_url, auth: bearer(config.api_token), classify });

  const list = (path: string, query: ApiRequest['query'], selection: Selection<'nextPageToken', string>) =>
    pagesByToken(http, { path, query }, selection, { token: 'nextPageToken', query: 'page_token' });

  return {
    config,
    whoAmI: async () => {
      await http.json({ path: '/whoami' });
    },
    groups: async () => {
      const found: Group[] = [];
      for await (const page of list('/groups', {}, GROUPS)) {
        for (let row = 0; row < page.count; row++)
          found.push({ key: idOf(page, row), name: page.text(row, 'name') });
      }
      return found;
    },
    items: (group, { since, until }, select) =>
      list(`/groups/${encodeURIComponent(group)}/items`, { since, until }, select('items', TOKEN)),
  };
}

/** A group's id, digit by digit: `page.value` would make one JavaScript number of many ids of 19 digits. */
function idOf(page: Page, row: number): string {
  const id = page.id(row, 'id');
  if (id === undefined)
    throw new DataError('a group has no id', { code: 'acme.no_id', place: 'GET /groups' });
  return id;
}

/**
 * What an answer means, where its status alone does not say it: asked first, `undefined` leaves it to the
 * SDK (429 waits as long as the answer says, 408 and 5xx are asked again, other 4xx are errors).
 */
function classify({ status, request }: Answer): Verdict | undefined {
  if (status !== 401) return undefined;
  const error = new ConfigError('Acme does not accept the API token', {
    code: 'acme.unauthorized',
    place: request,
    hint: 'check api_token, or create a new one at acme.example › Settings › API',
  });
  return { kind: 'fatal', error };
}
