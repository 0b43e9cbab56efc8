import {
  bearer,
  type HttpClient,
  type OpenContext,
  type Page,
  type Partition,
  type Selection,
  selectRecords,
  type TimeRange,
} from '@headrace/sdk';
import type { Config } from './config.ts';

/** The test API's calls. */
export interface ReferenceApi {
  readonly config: Config;
  readonly http: HttpClient;
  /** Asked once a run. */
  groups(): Promise<readonly Partition[]>;
  groupPages(selection: TokenPaged): AsyncIterable<Page>;
  itemPages(group: string, range: TimeRange, selection: TokenPaged): AsyncIterable<Page>;
}

export type TokenPaged = Selection<'nextPageToken', string>;

const GROUPS = selectRecords({
  records: 'groups',
  fields: { nextPageToken: 'nextPageToken' },
  record: { id: 'id' },
});

export function referenceApi(config: Config, { http: createHttp }: OpenContext): ReferenceApi {
  const http = createHttp({ baseUrl: config.base_url, auth: bearer(config.token) });
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
    groupPages: (selection) => pages('/groups', {}, selection),
    itemPages: (group, { since, until }, selection) =>
      pages(`/groups/${group}/items`, { since, until }, selection),
  };
}
