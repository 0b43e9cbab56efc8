import { type LostData, StateLine, type UnreadableLine } from '@headrace/sdk/protocol';
import { describe, expect, test } from 'vitest';
import { createLedger, type Ledger } from './ledger.ts';

const line = (state: object): StateLine => {
  const read = StateLine.read(Buffer.from(JSON.stringify({ type: 'STATE', state })));
  if (!read) throw new Error('no state');
  return read;
};
const state = (name: string, at: unknown, recordCount?: unknown): StateLine =>
  line({
    type: 'STREAM',
    stream: { stream_descriptor: { name }, stream_state: { at } },
    ...(recordCount === undefined ? {} : { sourceStats: { recordCount } }),
  });
const echo = (message: StateLine, recordCount?: number, rejectedRecordCount?: number): StateLine =>
  recordCount === undefined
    ? message
    : (StateLine.read(message.echo({ recordCount, rejectedRecordCount })) as StateLine);
const count = (ledger: Ledger, name: string, records: number) => {
  const account = ledger.account({ name });
  if (account) account.records += records;
};
const numbers = (ledger: Ledger) =>
  Object.fromEntries(
    ledger.accounts.map((one) => [one.name, [one.records, one.committed, one.rejected, one.waiting]]),
  );

describe('the ledger', () => {
  test('commits what is echoed, in order, with what was quarantined', () => {
    const ledger = createLedger([{ name: 'a' }, { name: 'b' }]);
    count(ledger, 'a', 3);
    expect(ledger.passed(state('a', 1, 3)).errors).toEqual([]);
    count(ledger, 'a', 2);
    count(ledger, 'b', 5);
    ledger.passed(state('a', 2, 2));
    ledger.passed(state('b', 1, 5));
    expect(ledger.echoed(echo(state('a', 1, 3), 2, 1)).committed).toEqual({
      key: '["","a"]',
      json: state('a', 1).commit.json,
    });
    expect(numbers(ledger)).toEqual({ a: [5, 3, 1, 1], b: [5, 0, 0, 1] });
    ledger.echoed(echo(state('b', 1, 5), 5));
    ledger.echoed(echo(state('a', 2, 2), 2));
    expect(numbers(ledger)).toEqual({ a: [5, 5, 1, 0], b: [5, 5, 0, 0] });
  });

  test('numbers are compared as numbers, and no number is no mistake', () => {
    const ledger = createLedger([{ name: 'a' }]);
    count(ledger, 'a', 5);
    expect(ledger.passed(state('a', 1, '5.0')).errors).toEqual([]);
    expect(ledger.passed(state('a', 2)).errors).toEqual([]);
    expect(ledger.echoed(state('a', 1)).errors).toEqual([]);
  });

  test('an echo in another order of keys, with a mark beside it, is the same state', () => {
    const ledger = createLedger([{ name: 'a' }]);
    const sent = line({
      type: 'STREAM',
      stream: {
        stream_descriptor: { name: 'a', namespace: null },
        stream_state: { x: 1, y: { z: 2, w: 3 } },
      },
    });
    ledger.passed(sent);
    const back = line({
      id: 7,
      stream: { stream_state: { y: { w: 3, z: 2 }, x: 1 }, stream_descriptor: { name: 'a' } },
      type: 'STREAM',
    });
    // What is kept are the source's own bytes.
    expect(ledger.echoed(back).committed?.json).toBe(sent.commit.json);
  });

  test('a destination that echoes only the last of several states has committed them all', () => {
    const ledger = createLedger([{ name: 'a' }]);
    for (const at of [1, 2, 3]) {
      count(ledger, 'a', 2);
      ledger.passed(state('a', at, 2));
    }
    for (const said of [2, 6]) {
      const again = createLedger([{ name: 'a' }]);
      for (const at of [1, 2, 3]) {
        count(again, 'a', 2);
        again.passed(state('a', at, 2));
      }
      expect(again.echoed(echo(state('a', 3, 2), said)).errors).toEqual([]);
      expect(numbers(again)).toEqual({ a: [6, 6, 0, 0] });
    }
    expect(ledger.echoed(echo(state('a', 3, 2), 4)).errors[0]?.code).toBe('destination.count_mismatch');
  });

  test('20,000 streams whose states all wait, and echoes that are of none of them, take no time', () => {
    const names = Array.from({ length: 20_000 }, (_, k) => `stream_${k}`);
    const ledger = createLedger(names.map((name) => ({ name })));
    const before = process.cpuUsage();
    for (const name of names) ledger.passed(state(name, 1));
    for (let k = 0; k < 100; k++) ledger.echoed(state('stream_7', `invented ${k}`));
    for (const name of names)
      expect(ledger.echoed(state(name, 1)).committed === undefined).toBe(name === 'stream_7');
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
  });

  test('a difference freezes its stream from there on; what came before and the others go on', () => {
    const ledger = createLedger([{ name: 'a' }, { name: 'b' }]);
    count(ledger, 'a', 1);
    ledger.passed(state('a', 'good', 1));
    count(ledger, 'a', 1);
    const bad = ledger.passed(state('a', 'bad', 2));
    expect([bad.line, bad.errors.map(({ code }) => code)]).toEqual([undefined, ['pipe.count_mismatch']]);
    count(ledger, 'a', 1);
    expect(ledger.passed(state('a', 'later', 1))).toEqual({ line: undefined, errors: [] });
    expect(ledger.passed(state('b', 1, 0)).line).toBeDefined();
    expect(ledger.echoed(state('a', 'good')).committed).toBeDefined();
    expect(ledger.echoed(state('b', 1)).committed).toBeDefined();
    expect(numbers(ledger).a).toEqual([3, 1, 0, 0]);
  });

  test('a GLOBAL state counts for all streams', () => {
    const ledger = createLedger([{ name: 'a' }, { name: 'b' }]);
    const global = line({
      type: 'GLOBAL',
      global: { shared_state: { lsn: 1 }, stream_states: [] },
      sourceStats: { recordCount: 5 },
    });
    count(ledger, 'a', 2);
    count(ledger, 'b', 3);
    expect(ledger.passed(global).errors).toEqual([]);
    expect(ledger.echoed(echo(global, 5)).committed?.key).toBe('GLOBAL');
    expect(numbers(ledger)).toEqual({ a: [2, 2, 0, 0], b: [3, 3, 0, 0] });
  });

  test('a state of a stream that was not asked for, or that nobody sent, is refused', () => {
    const ledger = createLedger([{ name: 'a' }]);
    expect(ledger.passed(state('x', 1)).errors[0]?.code).toBe('state.unknown');
    expect(ledger.echoed(state('a', 1)).errors[0]?.code).toBe('state.unknown');
  });

  describe('where lines could not be read', () => {
    const broken = (ledger: Ledger, lost: Partial<LostData>) =>
      ledger.unreadable({ reason: 'NaN' } as UnreadableLine, { records: 0, states: 0, streams: [], ...lost });
    const passed = (ledger: Ledger, one: StateLine) => {
      const { line: on, errors } = ledger.passed(one);
      return [errors.map(({ code }) => code), on && StateLine.read(on)?.sourceCount];
    };

    test('a state may count what was lost, and what goes on counts what went on', () => {
      const ledger = createLedger([{ name: 'a' }, { name: 'b' }]);
      count(ledger, 'a', 2);
      expect(broken(ledger, { records: 1, streams: [{ name: 'a' }] })).toMatchObject({
        stream: { name: 'a' },
        isFirst: true,
      });
      expect(passed(ledger, state('a', 1, 3))).toEqual([[], 2]);
      expect(ledger.accounts.map(({ unreadable }) => unreadable)).toEqual([1, 0]);
      // Once: the next state has nothing to be excused for.
      count(ledger, 'a', 2);
      expect(passed(ledger, state('a', 2, 3))).toEqual([['pipe.count_mismatch'], undefined]);
    });

    test('more than was lost is a difference all the same', () => {
      const ledger = createLedger([{ name: 'a' }]);
      broken(ledger, { records: 1, streams: [{ name: 'a' }] });
      count(ledger, 'a', 2);
      expect(passed(ledger, state('a', 1, 4))).toEqual([['pipe.count_mismatch'], undefined]);
    });

    test('the state after one that was lost accounts for its records, too', () => {
      const ledger = createLedger([{ name: 'a' }]);
      count(ledger, 'a', 2);
      broken(ledger, { states: 1, streams: [{ name: 'a' }] });
      count(ledger, 'a', 3);
      const next = state('a', 2, 3);
      expect(passed(ledger, next)).toEqual([[], 5]);
      expect(ledger.echoed(echo(next, 5))).toMatchObject({ errors: [], committed: {} });
      expect(numbers(ledger)).toEqual({ a: [5, 5, 0, 0] });
    });

    test('a line that names no stream, or one that is not there, may be of any', () => {
      const ledger = createLedger([{ name: 'a' }, { name: 'b' }]);
      expect(broken(ledger, { records: 1 })).toEqual({ stream: undefined, isFirst: true });
      expect(broken(ledger, { records: 1, streams: [{ name: 'x' }] })).toEqual({
        stream: undefined,
        isFirst: false,
      });
      expect(ledger.accounts.map(({ unreadable }) => unreadable)).toEqual([2, 2]);
    });
  });
});
