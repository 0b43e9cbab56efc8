import type { StateMessage } from '@headrace/sdk/protocol';
import { describe, expect, test } from 'vitest';
import { createLedger, type Ledger } from './ledger.ts';

const state = (name: string, at: unknown, recordCount?: number): StateMessage => ({
  type: 'STREAM',
  stream: { stream_descriptor: { name }, stream_state: { at } },
  ...(recordCount === undefined ? {} : { sourceStats: { recordCount } }),
});
const echo = (message: StateMessage, recordCount?: number, rejectedRecordCount?: number): StateMessage => ({
  ...message,
  ...(recordCount === undefined ? {} : { destinationStats: { recordCount, rejectedRecordCount } }),
});
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
    expect(ledger.passed(state('a', 1, 3))).toEqual([]);
    count(ledger, 'a', 2);
    count(ledger, 'b', 5);
    ledger.passed(state('a', 2, 2));
    ledger.passed(state('b', 1, 5));
    expect(ledger.echoed(echo(state('a', 1, 3), 2, 1)).committed?.state).toEqual(state('a', 1, 3));
    expect(numbers(ledger)).toEqual({ a: [5, 3, 1, 1], b: [5, 0, 0, 1] });
    ledger.echoed(echo(state('b', 1, 5), 5));
    ledger.echoed(echo(state('a', 2, 2), 2));
    expect(numbers(ledger)).toEqual({ a: [5, 5, 1, 0], b: [5, 5, 0, 0] });
  });

  test('numbers are compared as numbers, and no number is no mistake', () => {
    const ledger = createLedger([{ name: 'a' }]);
    count(ledger, 'a', 5);
    expect(
      ledger.passed({ ...state('a', 1), sourceStats: { recordCount: '5.0' as unknown as number } }),
    ).toEqual([]);
    expect(ledger.passed(state('a', 2))).toEqual([]);
    expect(ledger.echoed(state('a', 1)).errors).toEqual([]);
  });

  test('an echo in another order of keys, with a mark beside it, is the same state', () => {
    const ledger = createLedger([{ name: 'a' }]);
    ledger.passed({
      type: 'STREAM',
      stream: {
        stream_descriptor: { name: 'a', namespace: null },
        stream_state: { x: 1, y: { z: 2, w: 3 } },
      },
    });
    const back = {
      id: 7,
      stream: { stream_state: { y: { w: 3, z: 2 }, x: 1 }, stream_descriptor: { name: 'a' } },
      type: 'STREAM',
    } as StateMessage;
    expect(ledger.echoed(back).committed).toBeDefined();
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

  test('a difference freezes its stream from there on; what came before and the others go on', () => {
    const ledger = createLedger([{ name: 'a' }, { name: 'b' }]);
    count(ledger, 'a', 1);
    ledger.passed(state('a', 'good', 1));
    count(ledger, 'a', 1);
    expect(ledger.passed(state('a', 'bad', 2)).map(({ code }) => code)).toEqual(['pipe.count_mismatch']);
    count(ledger, 'a', 1);
    expect(ledger.passed(state('a', 'later', 1))).toEqual([]);
    ledger.passed(state('b', 1, 0));
    expect(ledger.echoed(state('a', 'good')).committed).toBeDefined();
    expect(ledger.echoed(state('a', 'bad')).committed).toBeUndefined();
    expect(ledger.echoed(state('a', 'later')).committed).toBeUndefined();
    expect(ledger.echoed(state('b', 1)).committed).toBeDefined();
    expect(numbers(ledger).a).toEqual([3, 1, 0, 0]);
  });

  test('a GLOBAL state counts for all streams', () => {
    const ledger = createLedger([{ name: 'a' }, { name: 'b' }]);
    const global: StateMessage = {
      type: 'GLOBAL',
      global: { shared_state: { lsn: 1 }, stream_states: [] },
      sourceStats: { recordCount: 5 },
    };
    count(ledger, 'a', 2);
    count(ledger, 'b', 3);
    expect(ledger.passed(global)).toEqual([]);
    expect(ledger.echoed(echo(global, 5)).committed?.streams.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(numbers(ledger)).toEqual({ a: [2, 2, 0, 0], b: [3, 3, 0, 0] });
  });

  test('a state of a stream that was not asked for, or that nobody sent, is refused', () => {
    const ledger = createLedger([{ name: 'a' }]);
    expect(ledger.passed(state('x', 1))[0]?.code).toBe('state.unknown');
    expect(ledger.echoed(state('a', 1)).errors[0]?.code).toBe('state.unknown');
  });
});
