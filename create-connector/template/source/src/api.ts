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

/** A partition: groups are read concurrently, each with its own state. The key must never change, so it is an id. */
export interface Group extends Partition {
  readonly name: string | undefined;
}

/** The part of Acme's API that the streams use. All requests and responses are handled in this file. */
export interface AcmeApi {
  readonly config: Config;
  /** Throws a ConfigError if the token does not work. */
  whoAmI(): Promise<void>;
  groups(): Promise<readonly Group[]>;
  /** The items of a group that were updated in the range, ordered by `updated`. */
  items(group: string, range: TimeRange, select: Select<string>): AsyncIterable<Page>;
}

/** The fields of a response outside its records: name → path. */
const TOKEN = { nextPageToken: 'nextPageToken' };
const GROUPS = new Selection({ records: 'groups', fields: TOKEN, record: { id: 'id', name: 'name' } });

/** Called once, before any request. The SDK handles retries, rate limits, logs and signals. */
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

/** Reads a group's id as text. `page.value` would turn different 19-digit ids into the same JavaScript number. */
function idOf(page: Page, row: number): string {
  const id = page.id(row, 'id');
  if (id === undefined)
    throw new DataError('a group has no id', { code: 'acme.no_id', place: 'GET /groups' });
  return id;
}

/**
 * Says what a response means if its status does not. `undefined` leaves it to the SDK: 429 waits as long as the
 * response says, 408 and 5xx are retried, other 4xx are errors.
 */
function classify({ status, request }: Answer): Verdict | undefined {
  if (status !== 401) return undefined;
  const error = new ConfigError('Acme does not accept the API token', {
    code: 'acme.unauthorized',
    place: request,
    hint: 'check api_token, or create a new token at acme.example › Settings › API',
  });
  return { kind: 'fatal', error };
}
