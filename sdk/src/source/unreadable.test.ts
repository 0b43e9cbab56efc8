import { describe, expect, it } from 'vitest';
import { Page } from '../protocol/page.ts';
import type { Cursor } from './cursor.ts';
import { timeWindow } from './cursors/time-window.ts';
import { errorsIn, run, stream, told } from './read.test-support.ts';
import { defineScan } from './scan/define.ts';
import { entriesByTime } from './scan/entries.ts';

const record = { id: 'id', updated: 'updated' };
const row = (id: number) => ({ id, updated: `2026-01-0${id}T00:00:00Z` });
const pageOf = (ids: readonly number[], unreadable: readonly number[] = []): Page => {
  const page = Page.of(ids.map(row), record) as unknown as Page;
  page.unreadable = unreadable.map(String);
  return page;
};
const window = { key: 'id', value: 'updated', safetyMinutes: 5 };

describe('a stream with a record that cannot be read', () => {
  it('is incomplete in each run, names it once, and moves on', async () => {
    let bad: readonly number[] = [2];
    const asked: Array<readonly string[]> = [];
    const things = stream('things', {
      cursorField: 'updated',
      cursor: () =>
        timeWindow({
          ...window,
          fetch: async function* (ids) {
            asked.push(ids);
            yield pageOf(
              [2].filter((id) => !bad.includes(id)),
              bad,
            );
          },
        }) as unknown as Cursor<undefined>,
      read: async function* ({ from }) {
        if ((from as unknown as { since?: number }).since !== undefined) return;
        yield pageOf([1], bad);
        yield pageOf([3], bad);
      },
    });
    const first = await run([things]);
    expect(told(first.messages)).toEqual([
      'things:STARTED',
      'things:RUNNING',
      'things:1',
      'things:3',
      'things:INCOMPLETE',
    ]);
    expect(errorsIn(first.messages)).toEqual([expect.stringContaining('1 record cannot be read: 2')]);
    expect(first.states.get('things')).toMatchObject({ partitions: { '': { owed: ['2'] } } });
    const second = await run([things], { states: first.states });
    expect(told(second.messages)).toEqual(['things:STARTED', 'things:INCOMPLETE']);
    expect(errorsIn(second.messages)).toEqual([expect.stringContaining('1 record cannot be read: 2')]);
    bad = [];
    const third = await run([things], { states: second.states });
    expect(told(third.messages)).toContain('things:2');
    expect(told(third.messages)).toContain('things:COMPLETE');
    expect(third.states.get('things')).not.toMatchObject({ partitions: { '': { owed: ['2'] } } });
    expect(asked).toEqual([['2'], ['2']]);
  });

  it('is read again if it has no cursor, and sends what it lacked', async () => {
    let bad: readonly number[] = [2];
    const things = stream('things', {
      read: async function* () {
        yield pageOf([1]);
        yield pageOf(bad.length > 0 ? [] : [2], bad);
        yield pageOf([3]);
      },
    });
    const first = await run([things]);
    expect(told(first.messages)).toEqual(
      expect.arrayContaining(['things:1', 'things:3', 'things:INCOMPLETE']),
    );
    const second = await run([things], { states: first.states });
    expect(told(second.messages)).toEqual(['things:STARTED', 'things:INCOMPLETE']);
    bad = [];
    const third = await run([things], { states: second.states });
    expect(told(third.messages)).toEqual(['things:STARTED', 'things:RUNNING', 'things:2', 'things:COMPLETE']);
  });

  it('stays before it if its cursor knows nothing of it', async () => {
    const counting: Cursor<undefined> = {
      open: (saved) => {
        let n = Number(saved?.n ?? 0);
        const part = {
          from: undefined,
          fresh: () => undefined,
          advance: (page: Page) => {
            n += page.count;
          },
          finish: () => {},
        };
        return { parts: [part], state: () => ({ n }) };
      },
    };
    const things = stream('things', {
      cursorField: 'updated',
      cursor: () => counting,
      read: async function* () {
        yield pageOf([1]);
        yield pageOf([3], [2]);
      },
    });
    const { messages, states } = await run([things]);
    expect(told(messages)).toEqual(['things:STARTED', 'things:RUNNING', 'things:1', 'things:INCOMPLETE']);
    expect(states.get('things')).toMatchObject({ partitions: { '': { n: 1 } } });
  });
});

describe('a shared scan over a list without an order', () => {
  it('is read twice, brings everything and says so of each stream', async () => {
    const ranges: unknown[] = [];
    const scan = defineScan<object>()({
      name: 'things',
      record,
      key: 'id',
      value: 'updated',
      partitions: async () => [{ key: 'p' }],
      window: () => ({ safetyMinutes: 5 }),
      read: async function* ({ range }) {
        ranges.push([range.since, range.until]);
        yield pageOf([1, 4]);
        yield pageOf([2]);
        yield pageOf([3]);
      },
      fetch: async function* () {},
    });
    const described = {
      description: 'test',
      schema: { properties: { id: { type: 'integer' } } },
      primaryKey: ['id'],
      cursorField: 'updated',
    };
    const things = scan.records({ ...described, name: 'things' });
    const notes = scan.entries({
      ...described,
      name: 'notes',
      record,
      sent: entriesByTime('id', 'updated'),
      read: async function* ({ parents }) {
        for (const owner of parents)
          yield {
            owner,
            page: Page.of([{ id: `${owner.key}-note`, updated: '2026-01-01T00:00:00Z' }], record),
          };
      },
    });
    const { messages, states, warnings } = await run([things, notes]);
    const sent = told(messages);
    for (const id of [1, 2, 3, 4])
      expect(sent).toEqual(expect.arrayContaining([`things:${id}`, `notes:${id}-note`]));
    expect(sent).toEqual(expect.arrayContaining(['things:INCOMPLETE', 'notes:INCOMPLETE']));
    expect(ranges).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(errorsIn(messages)).toHaveLength(2);
    for (const error of errorsIn(messages))
      expect(error).toContain('2 (2026-01-02T00:00:00.000Z) came after 4');
    expect(warnings.filter((text) => text.includes('read once more'))).toHaveLength(2);
    expect(states.get('things')).not.toMatchObject({ partitions: { p: { position: expect.anything() } } });
  });
});
