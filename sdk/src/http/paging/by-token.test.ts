import { expect, it } from 'vitest';
import { Selection } from '../../protocol/selection.ts';
import type { ApiRequest } from '../request.ts';
import { pagesByToken } from './by-token.ts';

it('sends a token that is a number as it came, also above 2^53', async () => {
  const asked: ApiRequest[] = [];
  const next = ['1790000000000000001', '7', 'null'];
  const http = {
    page: async (request: ApiRequest, selection: Selection<'next', never>) => {
      asked.push(request);
      return selection.scan(Buffer.from(`{"items":[{}],"next":${next[asked.length - 1]}}`));
    },
  };
  const selection = new Selection<'next', never>({ records: 'items', fields: { next: 'next' }, record: {} });
  const pages = pagesByToken(http as never, { path: '/items' }, selection, { token: 'next', query: 'after' });
  for await (const page of pages) expect(page.count).toBe(1);
  expect(asked.map(({ query }) => query?.after)).toEqual([undefined, '1790000000000000001', 7]);
});
