import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../protocol/messages.ts';
import { Page } from '../protocol/page.ts';
import { checkMessages } from '../testing/messages/check-messages.ts';
import { census, type Fate } from './cursors/census.ts';
import { IdSet, idSetOf } from './cursors/id-set.ts';
import { defineStream } from './define.ts';
import { type RunOptions, rows, run, stream } from './read.test-support.ts';

/** A vendor of things in one partition: a test says what is listed, and what `things` sends. */
function made() {
  const vendor = { listed: [1, 2], sent: [[1, 2]] as number[][], fate: 'deleted' as Fate };
  const things = stream('things', {
    cursorField: 'id',
    follows: ['gone'],
    record: { id: 'id' } as never,
    cursor: () => ({
      open: (saved) => {
        let pages = Number(saved?.pages ?? 0);
        const advance = () => {
          pages++;
        };
        return {
          parts: [{ from: undefined, fresh: () => undefined, advance, finish() {} }],
          state: () => ({ pages }),
        };
      },
    }),
    partitions: async () => [{ key: 'a' }],
    read: async function* () {
      for (const ids of vendor.sent) yield rows(...ids);
    },
  });
  const gone = defineStream<object>()({
    name: 'gone',
    description: 'test',
    schema: { properties: {} },
    primaryKey: ['id'],
    cursorField: 'id',
    watches: { stream: 'things', key: 'id' },
    partitions: async () => [{ key: 'a' }],
    cursor: () => census(),
    read: ({ from }) =>
      from.take({
        list: async function* () {
          yield vendor.listed.map(String);
        },
        ask: async (ids) => new Map(ids.map((id) => [id, vendor.fate])),
        page: (changes) => Page.of(changes, { id: 'id' }) as never,
      }) as never,
  });
  const at = { pacing: { atLeast: 0, atMost: 0 } };
  return { vendor, run: (options: RunOptions = {}) => run([things, gone], { ...at, ...options }) };
}
type Made = ReturnType<typeof made>;
type Ran = Awaited<ReturnType<Made['run']>>;

/** STATEs and statuses in their order; a census's STATE with what it says was sent. */
const order = ({ messages }: Ran): string[] =>
  messages.flatMap((message) => {
    if (message.type === 'TRACE' && message.trace.type === 'STREAM_STATUS') {
      const { stream_descriptor: of, status } = message.trace.stream_status;
      return status === 'COMPLETE' ? [`${of.name} COMPLETE`] : [];
    }
    if (message.type !== 'STATE') return [];
    const { stream_descriptor: of, stream_state: state } = message.state.stream!;
    return [of.name === 'gone' ? `gone [${sentIn(state as JsonObject)}]` : of.name];
  });
const sentIn = (state: JsonObject): string[] => {
  const { a } = state.partitions as { a?: { sent?: unknown } };
  return [...(idSetOf(a?.sent ?? {}) ?? [])];
};
const reports = ({ messages }: Ran): string[] =>
  messages.flatMap((message) =>
    message.type === 'RECORD' && message.record.stream === 'gone'
      ? [`${String(message.record.data.id)} ${String(message.record.data.reason)}`]
      : [],
  );

describe('a census that watches a stream', () => {
  it('reports what landed and was gone before it was taken, once', async () => {
    const { vendor, run } = made();
    vendor.sent = [[1, 2, 3], [4]];
    const first = await run();
    expect(sentIn(first.states.get('gone')!)).toEqual(['3', '4']);
    vendor.listed = [1, 2, 4];
    vendor.sent = [];
    const second = await run({ states: first.states });
    expect([reports(second), sentIn(second.states.get('gone')!)]).toEqual([['3 deleted'], []]);
    const third = await run({ states: second.states });
    expect([reports(third), third.states.get('gone')]).toEqual([[], second.states.get('gone')]);
  });

  it('says what is new before the STATE of the stream that sent it, and ends after that stream', async () => {
    const { vendor, run } = made();
    vendor.sent = [[1], [3], [2, 3], [4]];
    const result = await run();
    expect(order(result)).toEqual([
      'gone []',
      'things',
      'gone [3]',
      'things',
      'things',
      'gone [3,4]',
      'things',
      'things',
      'gone COMPLETE',
      'things COMPLETE',
    ]);
    expect(checkMessages(result.text, { command: 'read' })).toEqual([]);
  });

  it('sends no more STATEs where nothing is new, and ends at once where the stream is not read', async () => {
    const { run } = made();
    expect(order(await run())).toEqual(['gone []', 'things', 'things', 'gone COMPLETE', 'things COMPLETE']);
    expect(order(await run({ names: ['gone'] }))).toEqual(['gone []', 'gone COMPLETE']);
  });

  it('keeps what was sent while its list is shorter than its count, and asks about it then', async () => {
    const { vendor, run } = made();
    vendor.sent = [[3]];
    vendor.fate = 'not_visible';
    const first = await run();
    vendor.sent = [];
    const second = await run({ states: first.states });
    expect(reports(second)).toEqual(['3 not_visible']);
    vendor.fate = 'deleted';
    const third = await run({ states: second.states });
    expect(reports(third)).toEqual(['3 deleted']);
  });

  it('is told of what was sent without it when it is selected again', async () => {
    const { vendor, run } = made();
    const first = await run();
    vendor.sent = [[2, 3], [4]];
    const alone = await run({ states: first.states, names: ['things'] });
    expect(alone.states.get('things')).toMatchObject({
      sent: { gone: { a: { numbers: expect.any(String) } } },
    });
    vendor.sent = [[5]];
    const more = await run({ states: new Map([...first.states, ...alone.states]), names: ['things'] });
    const kept = (more.states.get('things') as { sent: { gone: { a: JsonObject } } }).sent.gone.a;
    expect([...idSetOf(kept)!]).toEqual(['3', '4', '5']);
    vendor.listed = [1, 2, 5];
    vendor.sent = [];
    const both = await run({ states: new Map([...first.states, ...more.states]) });
    expect(reports(both)).toEqual(['3 deleted', '4 deleted']);
    expect(order(both)[0]).toBe('gone []');
    expect(both.states.get('things')).not.toHaveProperty('sent');
  });

  it('that never was taken is not waited for: the state of the stream stays small', async () => {
    const { vendor, run } = made();
    vendor.sent = [[1, 2, 3]];
    const alone = await run({ names: ['things'] });
    expect(alone.states.get('things')).not.toHaveProperty('sent');
  });

  it('keeps nothing where it is read whole', async () => {
    const { vendor, run } = made();
    vendor.sent = [[3]];
    const result = await run({ full: ['gone'] });
    expect(order(result)).toEqual(['gone []', 'gone COMPLETE', 'things', 'things', 'things COMPLETE']);
    expect(result.states.get('gone')).toMatchObject({ partitions: {} });
  });

  it('holds a STATE of the stream back until its own may leave again', async () => {
    const { vendor, run } = made();
    vendor.listed = [];
    // Each page is news to the census, whose STATE grows: it leaves after fifty times its own bytes of records.
    vendor.sent = Array.from({ length: 400 }, (_, page) =>
      Array.from({ length: 20 }, (_, k) => 7919 * (20 * page + k)),
    );
    const result = await run({ pacing: { atLeast: 0, atMost: 60_000 } });
    const bytes = (type: string, of: string): number =>
      result.text
        .split('\n')
        .filter((line) => line.startsWith(`{"type":"${type}"`) && line.includes(`"${of}"`))
        .reduce((sum, line) => sum + line.length, 0);
    const censuses = order(result).filter((one) => one.startsWith('gone ['));
    expect(censuses.length).toBeGreaterThan(3);
    // The first and the last are beside the rule.
    expect(bytes('STATE', 'gone')).toBeLessThan(0.15 * bytes('RECORD', 'things'));
    const all = new IdSet();
    for (const id of vendor.sent.flat()) all.add(String(id));
    expect(sentIn(result.states.get('gone')!)).toEqual([...all]);
  });
});
