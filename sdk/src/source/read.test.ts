import { describe, expect, it } from 'vitest';
import { TransientError } from '../errors.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { checkMessages } from '../testing/messages/check-messages.ts';
import { owed } from './cursors/owed.ts';
import { defineStream } from './define.ts';
import { rows, run, stream, told } from './read.test-support.ts';

const soon = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe('reading several streams', () => {
  it('lets a short stream through while a long one is read, and keeps each one’s order', async () => {
    const { messages, text } = await run([
      stream('long', {
        partitions: async () => Array.from({ length: 8 }, (_, k) => ({ key: String(k) })),
        read: async function* ({ partition }) {
          for (let k = 0; k < 5; k++) {
            await soon(2);
            yield rows(10 * Number(partition.key) + k);
          }
        },
      }),
      stream('short', {
        read: async function* () {
          yield rows(1, 2);
        },
      }),
    ]);
    const order = told(messages);
    expect(order.indexOf('short:COMPLETE')).toBeLessThan(order.indexOf('long:COMPLETE') / 2);
    const ids = order.filter((one) => /^long:\d/.test(one)).map((one) => Number(one.slice(5)));
    for (let partition = 0; partition < 8; partition++) {
      const own = ids.filter((id) => Math.floor(id / 10) === partition);
      expect(own).toEqual([0, 1, 2, 3, 4].map((k) => 10 * partition + k));
    }
    expect(checkMessages(text, { command: 'read' })).toEqual([]);
  });

  it('reads a stream after those that it comes after', async () => {
    const parents: number[] = [];
    const { messages } = await run([
      stream('child', {
        after: ['parent', 'not selected'],
        read: async function* () {
          yield rows(...parents.map((id) => 10 * id));
        },
      }),
      stream('parent', {
        read: async function* () {
          for (const id of [1, 2]) {
            await soon(5);
            parents.push(id);
            yield rows(id);
          }
        },
      }),
    ]);
    const order = told(messages);
    expect(order.indexOf('parent:COMPLETE')).toBeLessThan(order.indexOf('child:RUNNING'));
    expect(order).toContain('child:20');
  });

  it('does not read a stream whose parent is incomplete, and says why', async () => {
    const { outcomes, messages, text } = await run([
      stream('parent', {
        read: async function* () {
          yield rows(1);
          throw new TransientError('gone', { code: 'test.gone' });
        },
      }),
      stream('child', {
        after: ['parent'],
        read: async function* () {
          yield rows(10);
        },
      }),
    ]);
    expect(outcomes.map(({ complete }) => complete)).toEqual([false, false]);
    expect(outcomes[1]!.errors).toMatchObject([{ code: 'stream.parent_incomplete' }]);
    expect(told(messages)).not.toContain('child:10');
    expect(checkMessages(text, { command: 'read' })).toEqual([]);
  });

  it('reads children with --limit, where nothing is ever complete', async () => {
    const { messages } = await run(
      [
        stream('parent', {
          read: async function* () {
            yield rows(1, 2, 3);
          },
        }),
        stream('child', {
          after: ['parent'],
          read: async function* () {
            yield rows(10, 20, 30);
          },
        }),
      ],
      { limit: 2 },
    );
    expect(told(messages).filter((one) => /:\d/.test(one))).toEqual([
      'parent:1',
      'parent:2',
      'child:10',
      'child:20',
    ]);
  });

  const debtor = (name: string) =>
    defineStream<object>()({
      name,
      description: name,
      schema: { properties: { id: { type: 'integer' } } },
      primaryKey: ['id'],
      cursorField: 'id',
      follows: ['told'],
      record: { id: 'id' },
      cursor: () => owed({ key: 'id' }),
      read: async function* ({ from: { ids } }) {
        if (ids.length > 0) yield rows(...ids.map(Number));
      },
    });

  it('tells a stream that was left out what it owes when it is selected again', async () => {
    let said: readonly string[] = ['7'];
    const told = stream('told', {
      cursorField: 'id',
      cursor: () => ({
        open: () => ({
          parts: [{ from: undefined, fresh: () => undefined, advance() {}, finish() {} }],
          state: () => ({}),
        }),
      }),
      read: async function* ({ owe }) {
        owe(['a', 'never read'], '', said);
        yield rows(1);
      },
    });
    const origin = 'test.example';
    const left = { version: 1, origin, partitions: { '': {} } };
    const alone = await run([told, debtor('a')], {
      states: new Map([['a', left]]),
      names: ['told'],
    });
    const state = alone.states.get('told')!;
    expect(state.owes).toEqual({ a: { '': ['7'] } });

    said = ['8'];
    const both = await run([told, debtor('a')], {
      states: new Map<string, JsonObject>([
        ['a', left],
        ['told', { ...state, partitions: {} }],
      ]),
    });
    expect(both.outcomes.map(({ name, records }) => [name, records])).toContainEqual(['a', 2]);
    const first = both.messages.flatMap((message) =>
      message.type === 'STATE' ? [message.state.stream!] : [],
    );
    expect(first[0]).toMatchObject({
      stream_descriptor: { name: 'a' },
      stream_state: { partitions: { '': { owed: ['7', '8'] } } },
    });
    for (const { stream_state } of first) expect(stream_state).not.toHaveProperty('owes');
  });

  it('lets the STATE of every stream that owes go first, and that of the stream because of which last', async () => {
    const { messages, outcomes } = await run([
      stream('told', {
        read: async function* ({ owe }) {
          owe(['a', 'b', 'not selected'], '', ['7', '8']);
          yield rows(1);
        },
      }),
      debtor('a'),
      debtor('b'),
    ]);
    expect(outcomes.map(({ complete, records }) => [complete, records])).toEqual([
      [true, 1],
      [true, 2],
      [true, 2],
    ]);
    const states = messages.flatMap((message) => {
      if (message.type !== 'STATE' || message.state.type !== 'STREAM') return [];
      const { stream_descriptor, stream_state } = message.state.stream!;
      return [[stream_descriptor.name, (stream_state as { partitions: object }).partitions]];
    });
    const debt = { '': { owed: ['7', '8'] } };
    expect(states.slice(0, 3).sort()).toEqual([
      ['a', debt],
      ['b', debt],
      ['told', {}],
    ]);
    expect(states[2]).toEqual(['told', {}]);
    expect(states.slice(3).sort()).toEqual([
      ['a', { '': {} }],
      ['b', { '': {} }],
    ]);
  });

  it('refuses streams that come after each other in a circle', async () => {
    const read = async function* () {
      yield rows(1);
    };
    await expect(
      run([stream('a', { after: ['b'], read }), stream('b', { after: ['a'], read })]),
    ).rejects.toThrow(/a → b → a/);
  });

  it('reads the first partitions while the others are still listed, each once; a list that breaks is told', async () => {
    const log: string[] = [];
    const { messages, outcomes } = await run([
      stream('items', {
        partitions: async function* () {
          for (const key of ['1', '2', '1', '3']) {
            log.push(`listed ${key}`);
            yield { key };
            await soon(5);
          }
          throw new TransientError('the list broke', { code: 'test.list' });
        },
        read: async function* ({ partition }) {
          log.push(`read ${partition.key}`);
          yield rows(Number(partition.key));
        },
      }),
    ]);
    expect(log.indexOf('read 1')).toBeLessThan(log.indexOf('listed 2'));
    expect(told(messages).filter((one) => /:\d/.test(one))).toEqual(['items:1', 'items:2', 'items:3']);
    expect(outcomes[0]).toMatchObject({ complete: false, errors: [{ code: 'test.list' }] });
  });

  it('tells what the cursors counted as an estimate', async () => {
    const { messages, text } = await run([
      stream('items', {
        partitions: async () => [{ key: 'a' }, { key: 'b' }, { key: 'c' }],
        cursorField: 'id',
        cursor: () => ({
          open: () => ({
            parts: [{ from: undefined, fresh: () => undefined, advance() {}, finish() {} }],
            estimate: 7,
            state: () => ({ at: 1 }),
          }),
        }),
        read: async function* () {
          yield rows(1);
        },
      }),
    ]);
    const estimates = messages.flatMap((message) =>
      message.type === 'TRACE' && message.trace.type === 'ESTIMATE' ? [message.trace.estimate] : [],
    );
    expect(estimates.at(-1)).toEqual({ name: 'items', type: 'STREAM', row_estimate: 21 });
    expect(checkMessages(text, { command: 'read' })).toEqual([]);
  });
});

it('sends an answer that is one record itself with its bytes, and context behind what the vendor says', async () => {
  const panel = defineStream<object>()({
    name: 'panel',
    description: 'panel',
    schema: { properties: { issueId: { type: 'string' }, kind: { type: 'string' } } },
    primaryKey: ['issueId', 'kind'],
    read: async function* ({ select }) {
      yield select('.').scan(Buffer.from('{"a":1.0,"kind":"own"}'));
      yield select('.').scan(Buffer.from('{\r\n "b" : [ ]\r\n}\n'));
    },
    context: { issueId: () => '7', kind: () => 'ours' },
  });
  const { text, outcomes } = await run([panel]);
  expect(outcomes.map(({ complete }) => complete)).toEqual([true]);
  expect([...text.matchAll(/"data":(\{.*?\})[,}]/g)].map(([, data]) => data)).toEqual([
    '{"a":1.0,"kind":"own","issueId":"7"}',
    '{"b":[],"issueId":"7","kind":"ours"}',
  ]);
});
