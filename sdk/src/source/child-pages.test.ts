import { describe, expect, it } from 'vitest';
import { DataError, TransientError } from '../errors.ts';
import { Page } from '../protocol/page.ts';
import { childPages } from './child-pages.ts';
import { parentOf } from './cursors/open-children.ts';

const record = { id: 'id', number: 'number' };
const parents = (...ids: number[]) =>
  Page.of(
    ids.map((id) => ({ id, number: id })),
    record,
  ) as Page<string, 'id' | 'number'>;
const children = (id: string): Page =>
  Page.of([{ step: `${id}a` }, { step: `${id}b` }], { step: 'step' }) as Page;

async function* from(...pages: Array<Page<string, 'id' | 'number'>>) {
  yield* pages;
}

/** What comes, in order: children with their parent, parents without children, or ids that could not be read. */
async function all(pages: AsyncIterable<Page>): Promise<string[]> {
  const told: string[] = [];
  for await (const page of pages) {
    const texts = Array.from({ length: page.count }, (_, row) => Buffer.from(page.record(row)).toString());
    if (page.unreadable.length > 0) told.push(`unreadable ${page.unreadable}`);
    else if (texts[0]?.includes('step')) told.push(`${parentOf<'id'>(page).id(0, 'id')}: ${page.count}`);
    else told.push(`none: ${texts.map((text) => (JSON.parse(text) as { id: number }).id)}`);
  }
  return told;
}

const options = {
  record,
  key: 'id' as const,
  wants: (page: Page<string, 'id' | 'number'>, row: number) => page.id(row, 'id') !== '2',
  most: 2,
};

describe('childPages', () => {
  it('yields children with their parents, and parents without any, in the order of the list', async () => {
    const asked: string[] = [];
    const pages = childPages(from(parents(5, 4, 3, 2, 1), parents(0)), {
      ...options,
      ask: async (page, row) => {
        const id = page.id(row, 'id')!;
        asked.push(id);
        return id === '3' || id === '0' ? undefined : children(id);
      },
    });
    expect(await all(pages)).toEqual(['5: 2', '4: 2', 'none: 3,2', '1: 2', 'none: 0']);
    expect(asked).toEqual(['5', '4', '3', '1', '0']);
  });

  it('names a parent whose children cannot be read, and the others come', async () => {
    const pages = childPages(from(parents(3, 1)), {
      ...options,
      ask: async (page, row) => {
        if (page.id(row, 'id') === '3') throw new DataError('no', { code: 'http.400', status: 400 });
        return children('1');
      },
    });
    expect(await all(pages)).toEqual(['unreadable 3', '1: 2']);
  });

  it.each([
    ['a refusal of everything', new DataError('no', { code: 'http.401', status: 401 })],
    ['an outage', new TransientError('down', { code: 'http.failed', status: 503 })],
  ])('ends with %s', async (_, error) => {
    const pages = childPages(from(parents(9, 8, 7, 6, 5, 4, 3)), {
      ...options,
      ask: async () => {
        throw error;
      },
    });
    await expect(all(pages)).rejects.toBe(error);
  });

  it('passes on what the list of parents could not read', async () => {
    const list = from(Page.unreadable(['7']) as Page<string, 'id' | 'number'>);
    expect(await all(childPages(list, { ...options, ask: async () => undefined }))).toEqual(['unreadable 7']);
  });
});
