import { expect, it } from 'vitest';
import { Selection } from '../../protocol/selection.ts';
import type { ApiRequest } from '../request.ts';
import { pagesByToken } from './by-token.ts';
import { listName } from './list-name.ts';

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

it('pages by a cursor inside a GraphQL query, which every page names, the last one too', async () => {
  const asked: ApiRequest[] = [];
  const http = {
    page: async (request: ApiRequest, selection: Selection<'after' | 'more', 'id'>) => {
      asked.push(request);
      const pageInfo = { endCursor: `c${asked.length}`, hasNextPage: asked.length < 3 };
      const reviews = { nodes: [{ id: asked.length }], pageInfo };
      return selection.scan(Buffer.from(JSON.stringify({ data: { node: { reviews } } })));
    },
  };
  const body = { query: 'query Reviews …', operationName: 'Reviews', variables: { id: 'P1' } };
  const list = 'data.node.reviews';
  const selection = new Selection<'after' | 'more', 'id'>({
    records: `${list}.nodes`,
    fields: { after: `${list}.pageInfo.endCursor`, more: `${list}.pageInfo.hasNextPage` },
    record: { id: 'id' },
  });
  const request: ApiRequest = { method: 'POST', path: '/graphql', body };
  const ids: string[] = [];
  const pages = pagesByToken(http as never, request, selection, {
    token: 'after',
    hasNext: 'more',
    body: 'variables.after',
    size: ['variables.first', 100],
  });
  for await (const page of pages) ids.push(...page.values('id'));
  expect(ids).toEqual(['1', '2', '3']);
  const first = { id: 'P1', first: 100 };
  expect(asked.map((each) => each.body)).toEqual([
    { ...body, variables: first },
    { ...body, variables: { ...first, after: 'c1' } },
    { ...body, variables: { ...first, after: 'c2' } },
  ]);
  expect(listName(request)).toBe('POST /graphql Reviews');
});

it('does not end at a page that says that another one follows and names no cursor', async () => {
  const http = {
    page: async (_: ApiRequest, selection: Selection<'after' | 'more', never>) =>
      selection.scan(Buffer.from('{"nodes":[{}],"endCursor":null,"hasNextPage":true}')),
  };
  const selection = new Selection<'after' | 'more', never>({
    records: 'nodes',
    fields: { after: 'endCursor', more: 'hasNextPage' },
  });
  const paging = { token: 'after', hasNext: 'more', body: 'variables.after' } as const;
  const pages = pagesByToken(http as never, { method: 'POST', path: '/graphql' }, selection, paging);
  await expect(pages.next()).resolves.toMatchObject({ done: false });
  await expect(pages.next()).rejects.toMatchObject({ code: 'http.cut_short' });
});
