import {
  type Auth,
  bearer,
  ConfigError,
  type HttpClient,
  type OpenContext,
  oauth2Refresh,
  type Page,
  type Partition,
  type Select,
  Selection,
  type TimeRange,
} from '@headrace/sdk';
import type { Config } from './config.ts';

/** The test API's calls. */
export interface ReferenceApi {
  readonly config: Config;
  readonly http: HttpClient;
  /** As they are listed: the first ones are read before the last ones are known. */
  groups(): AsyncIterable<Partition>;
  groupPages(select: Select<string>): AsyncIterable<Page>;
  itemPages(group: string, range: TimeRange, select: Select<string>): AsyncIterable<Page>;
}

type TokenPaged = Selection<'nextPageToken', string>;

const TOKEN = { nextPageToken: 'nextPageToken' };
const GROUPS = new Selection({
  records: 'groups',
  fields: TOKEN,
  record: { id: 'id' },
});

function authOf(config: Config, { updateConfig }: OpenContext): Auth {
  const { token, client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken } = config;
  if (token !== undefined) return bearer(token);
  if (clientSecret === undefined || refreshToken === undefined) {
    const hint = 'give a token, or a client secret and a refresh token';
    throw new ConfigError('no credentials', {
      code: 'reference.no_credentials',
      place: 'config.token',
      hint,
    });
  }
  const tokenUrl = new URL('/oauth/token', config.base_url).href;
  return oauth2Refresh({
    tokenUrl,
    clientId,
    clientSecret,
    refreshToken,
    updateConfig,
    field: 'refresh_token',
  });
}

export function referenceApi(config: Config, context: OpenContext): ReferenceApi {
  const { http: createHttp } = context;
  const { requests_per_second: perSecond } = config;
  const http = createHttp({
    baseUrl: config.base_url,
    auth: authOf(config, context),
    limits: { budgets: perSecond === undefined ? [] : [{ requests: perSecond, perMs: 1000 }] },
  });

  async function* pages(
    path: string,
    query: Record<string, number | undefined>,
    selection: TokenPaged,
  ): AsyncIterable<Page> {
    for (let token: string | undefined; ; ) {
      const page = await http.page({ path, query: { ...query, page_token: token } }, selection);
      yield page;
      const next = page.field('nextPageToken');
      if (typeof next !== 'string') return;
      token = next;
    }
  }

  async function* groups(): AsyncIterable<Partition> {
    for await (const page of pages('/groups', {}, GROUPS))
      for (let row = 0; row < page.count; row++) yield { key: page.id(row, 'id')! };
  }

  return {
    config,
    http,
    groups,
    groupPages: (select) => pages('/groups', {}, select('groups', TOKEN)),
    itemPages: (group, { since, until }, select) =>
      pages(`/groups/${group}/items`, { since, until }, select('items', TOKEN)),
  };
}
