import {
  bearer,
  type HttpClient,
  type OpenContext,
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
  /** Asked once a run. */
  groups(): Promise<readonly Partition[]>;
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

export function referenceApi(config: Config, { http: createHttp }: OpenContext): ReferenceApi {
  const { requests_per_second: perSecond } = config;
  const http = createHttp({
    baseUrl: config.base_url,
    auth: bearer(config.token),
    limits: { budgets: perSecond === undefined ? [] : [{ requests: perSecond, perMs: 1000 }] },
  });
  let groups: Promise<readonly Partition[]> | undefined;

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

  async function loadGroups(): Promise<readonly Partition[]> {
    const found: Partition[] = [];
    for await (const page of pages('/groups', {}, GROUPS))
      for (let row = 0; row < page.count; row++) found.push({ key: String(page.value(row, 'id')) });
    return found;
  }

  return {
    config,
    http,
    groups: () => {
      groups ??= loadGroups();
      return groups;
    },
    groupPages: (select) => pages('/groups', {}, select('groups', TOKEN)),
    itemPages: (group, { since, until }, select) =>
      pages(`/groups/${group}/items`, { since, until }, select('items', TOKEN)),
  };
}
