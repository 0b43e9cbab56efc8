import { describe, expect, it } from 'vitest';
import { Page } from '../protocol/page.ts';
import { owed } from './cursors/owed.ts';
import { timeWindow } from './cursors/time-window.ts';
import { run, stream } from './read.test-support.ts';

/**
 * Whole states of streams as releases wrote them, letter by letter: users' destinations hold them. A line here is
 * never changed; what a new release writes is added.
 */
const ISSUES =
  '{"version":1,"origin":"test.example","partitions":{"":{"position":"2026-11-20T02:30:00.000Z","seen":{"7":[1795141800000,"09f7e02f1290be21"]},"owed":["3"]}},"owes":{"users":{"":["u2"]}},"gaps":{"":{"GET /issues":4}},"names":{"ENG":"10000"},"sent":{"deletions":{"":{"numbers":"1.2.2g","texts":["0x"]}}}}';
const USERS = '{"version":1,"origin":"test.example","partitions":{"":{"owed":["u1"],"named":["u9"]}}}';

const page = (rows: readonly object[]): Page =>
  Page.of(rows, { id: 'id', updated: 'updated' }) as unknown as Page;
const asked: string[][] = [];
const streams = [
  stream('issues', {
    cursorField: 'updated',
    cursor: () =>
      timeWindow({
        key: 'id',
        value: 'updated',
        safetyMinutes: 30,
        fetch: async function* (ids) {
          yield page(ids.map((id) => ({ id, updated: '2026-11-19T00:00:00Z' })));
        },
      }) as never,
    read: async function* () {
      yield page([{ id: '8', updated: '2026-11-20T03:00:00Z' }]);
    },
  }),
  stream('users', {
    cursorField: 'id',
    cursor: () => owed({ key: 'id' }) as never,
    read: async function* ({ from }) {
      const { ids } = from as unknown as { ids: readonly string[] };
      asked.push([...ids]);
      yield page(ids.map((id) => ({ id, updated: null })));
    },
  }),
];
const parsed = (text: string) => JSON.parse(text) as Record<string, never>;

describe('states as earlier releases wrote them', () => {
  it('are read, and what they owe is brought', async () => {
    asked.length = 0;
    const states = new Map([
      ['issues', parsed(ISSUES)],
      ['users', parsed(USERS)],
    ]);
    const { outcomes, messages, states: last } = await run(streams, { states });
    expect(outcomes).toMatchObject([{ complete: true }, { complete: true }]);
    expect(asked).toEqual([['u1', 'u2']]);
    const sent = messages.flatMap((message) => (message.type === 'RECORD' ? [message.record.data.id] : []));
    expect(sent.sort()).toEqual(['3', '8', 'u1', 'u2']);
    const { partitions, ...beside } = last.get('issues')!;
    // The list of issues was read whole and lacked nothing; a census that is not selected is told later.
    expect(beside).toEqual({
      version: 1,
      origin: 'test.example',
      names: { ENG: '10000' },
      sent: parsed(ISSUES).sent,
    });
    expect(partitions).not.toHaveProperty('.owed');
    expect(last.get('users')!.partitions).toEqual({ '': { named: ['u9'] } });
  });

  it('leave as they came where only others are read', async () => {
    const states = new Map([
      ['issues', parsed(ISSUES)],
      ['users', parsed(USERS)],
    ]);
    const { states: last } = await run(streams, { states, names: ['issues'] });
    // What it makes a stream owe that is not selected stands in its state, letter by letter.
    expect(JSON.stringify(last.get('issues')!.owes)).toBe('{"users":{"":["u2"]}}');
    expect(last.has('users')).toBe(false);
  });
});
