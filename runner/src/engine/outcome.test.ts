import { ConfigError } from '@headrace/sdk/spec';
import { describe, expect, test } from 'vitest';
import type { AttemptResult } from './attempt.ts';
import { newAccount, type StreamAccount } from './ledger.ts';
import { judge } from './outcome.ts';

const ok = { code: 0, signal: null, stderr: '' };
const died = (code: number | null, signal: NodeJS.Signals | null = null) => ({
  code,
  signal,
  stderr: 'boom',
});
const stream = (over: Partial<StreamAccount> = {}) => ({
  ...newAccount({ name: 't' }),
  status: 'COMPLETE' as const,
  ...over,
});

function told(over: Partial<AttemptResult>) {
  const { errors, complete, again } = judge({
    accounts: [stream()],
    failures: [],
    sourceExit: ok,
    destinationExit: ok,
    ourDestination: false,
    hasStatuses: true,
    stopped: false,
    leftEarly: false,
    cutOff: false,
    ...over,
  });
  return {
    errors: errors.map(({ code, origin }) => `${origin} ${code}`),
    complete: complete.size,
    again: again.size,
  };
}

const CRASH = 'destination connector.crashed';
const UNFINISHED = 'source pipe.unfinished_stream';

test('a run of which all went well has no errors', () => {
  expect(told({})).toEqual({ errors: [], complete: 1, again: 0 });
});

describe('a source that ends with 0 and does not say COMPLETE', () => {
  for (const status of ['STARTED', 'RUNNING', 'INCOMPLETE', 'WAITING'] as const) {
    const accounts = [stream({ status })];

    test(`is told, and so is a destination that crashes beside it: ${status}`, () => {
      expect(told({ accounts })).toEqual({ errors: [UNFINISHED], complete: 0, again: 1 });
      for (const destinationExit of [died(1), died(2), died(137), died(null, 'SIGKILL')])
        expect(told({ accounts, destinationExit }).errors).toEqual([CRASH, UNFINISHED]);
    });

    test(`is what a destination of ours ends with 1 for; anything else of it is a crash: ${status}`, () => {
      const ourDestination = true;
      expect(told({ accounts, ourDestination, destinationExit: died(1) }).errors).toEqual([UNFINISHED]);
      const waiting = [stream({ status, waiting: 1 })];
      expect(told({ accounts: waiting, ourDestination, destinationExit: died(1) }).errors).toContain(CRASH);
      for (const destinationExit of [died(2), died(137), died(null, 'SIGSEGV')])
        expect(told({ accounts, ourDestination, destinationExit }).errors).toEqual([CRASH, UNFINISHED]);
    });
  }

  test('was stopped because the destination left, and nothing else says so: that is told', () => {
    const left = { stopped: true, leftEarly: true };
    expect(told({ accounts: [stream({ status: 'WAITING' })], ...left }).errors).toEqual([
      'destination connector.left_early',
    ]);
    expect(told({ accounts: [stream({ waiting: 1 })], ...left }).errors).toEqual([
      'destination pipe.state_not_echoed',
    ]);
    expect(told(left)).toEqual({ errors: [], complete: 1, again: 0 });
  });

  test('is no news if it was stopped, or said why', () => {
    const accounts = [stream({ status: 'STARTED' })];
    expect(told({ accounts, stopped: true }).errors).toEqual([]);
    const failure = new ConfigError('no right', { code: 'http.forbidden' });
    expect(told({ accounts: [stream({ status: 'INCOMPLETE', failure })] }).errors).toEqual([
      'source http.forbidden',
    ]);
    expect(told({ accounts, failures: [{ origin: 'source', error: failure }] }).errors).toEqual([
      'source http.forbidden',
    ]);
  });

  test('where nothing ever speaks of a status is complete', () => {
    const accounts = [stream({ status: 'WAITING' })];
    expect(told({ accounts, hasStatuses: false })).toEqual({ errors: [], complete: 1, again: 0 });
  });
});

test('a destination that crashes beside a stream that failed has finished nothing, unless it ends with 1', () => {
  const failure = new ConfigError('no right', { code: 'http.forbidden' });
  const accounts = [stream(), stream({ name: 'u', status: 'INCOMPLETE', failure })];
  expect(told({ accounts, destinationExit: died(1) })).toMatchObject({
    complete: 1,
    errors: ['source http.forbidden'],
  });
  expect(told({ accounts, destinationExit: died(137) })).toMatchObject({
    complete: 0,
    errors: ['source http.forbidden', CRASH],
  });
});

test('a state that a destination never sends back is told', () => {
  expect(told({ accounts: [stream({ waiting: 2 })] })).toEqual({
    errors: ['destination pipe.state_not_echoed'],
    complete: 0,
    again: 1,
  });
});
