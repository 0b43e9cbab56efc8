import { describe, expect, it } from 'vitest';
import { json } from './answer.ts';
import type { Call } from './call.ts';
import { charge, type LimitRule, limitsOf, setLimit, take } from './limits.ts';
import { newCounter, roomOf, type Size, spend } from './meter.ts';

const HOUR = 3_600_000;

describe('what is left', () => {
  const use = (size: Size, times: readonly number[]) => {
    const counter = newCounter();
    for (const at of times) spend(size, counter, at, 1);
    return (now: number) => {
      const { left, resetMs } = roomOf(size, counter, now);
      return [left, resetMs];
    };
  };

  it('of a bucket refills steadily and never holds more than its amount', () => {
    const at = use({ kind: 'bucket', amount: 10, windowMs: 1000 }, [0, 0, 0, 0]);
    expect(at(0)).toEqual([6, 100]);
    expect(at(200)).toEqual([8, 100]);
    expect(at(9000)).toEqual([10, 100]);
  });

  it('of a window is whole again at a multiple of its length', () => {
    const at = use({ kind: 'window', amount: 3, windowMs: HOUR }, [HOUR + 5, HOUR + 10]);
    expect(at(HOUR * 2 - 1)).toEqual([1, 1]);
    expect(at(HOUR * 2)).toEqual([3, HOUR]);
  });

  it('of a rolling limit comes back one by one, each after its own time', () => {
    const at = use({ kind: 'rolling', amount: 3, windowMs: HOUR }, [5, 10, 10]);
    expect(at(10)).toEqual([0, HOUR - 5]);
    expect(at(HOUR + 4)).toEqual([0, 1]);
    expect(at(HOUR + 5)).toEqual([1, 5]);
    expect(at(HOUR + 10)).toEqual([3, 0]);
  });
});

describe('limits side by side', () => {
  const call = (caller?: string): Call => ({
    method: 'GET',
    url: '/',
    path: '/',
    params: {},
    query: new URLSearchParams(),
    headers: {},
    body: '',
    caller,
  });
  const rule = (more: Partial<LimitRule> & { name: string }): LimitRule => ({
    kind: 'window',
    amount: 2,
    windowMs: HOUR,
    now: () => 0,
    counter: ({ caller }) => caller,
    refuse: ({ resetMs }) => json({ limit: more.name }, 403, { 'retry-after': String(resetMs / 1000) }),
    ...more,
  });
  const answer = { status: 200, headers: {}, body: Buffer.from('{"cost":3}') };

  it('count by endpoint and by credential; anonymous callers are not covered', () => {
    const limits = limitsOf([
      rule({ name: 'endpoint', amount: 1, counter: (_, route) => route }),
      rule({ name: 'user' }),
    ]);
    const refusal = (caller: string | undefined, route: string) =>
      take(limits, call(caller), route).refusal?.body.toString();
    expect(refusal('a', 'GET /x')).toBeUndefined();
    expect(refusal('a', 'GET /x')).toBe('{"limit":"endpoint"}');
    expect(refusal('a', 'GET /y')).toBeUndefined();
    expect(refusal('a', 'GET /z')).toBe('{"limit":"user"}');
    expect(refusal('b', 'GET /w')).toBeUndefined();
    expect(refusal(undefined, 'GET /v')).toBeUndefined();
    setLimit(limits[1]!, 2, HOUR);
    expect(refusal('a', 'GET /u')).toBeUndefined();
  });

  it('charge what an answer turned out to cost: points in its body, or the time that it took', () => {
    const limits = limitsOf([
      rule({ name: 'points', amount: 4, cost: (_, { body }) => JSON.parse(body.toString()).cost }),
      rule({ name: 'time', amount: 100, cost: (_, __, ms) => ms }),
    ]);
    const refused = () => take(limits, call('a'), 'GET /x').refusal;
    expect(refused()).toBeUndefined();
    expect(charge(limits, call('a'), 'GET /x', answer, 20)).toBe(23);
    expect(refused()).toBeUndefined();
    charge(limits, call('a'), 'GET /x', answer, 20);
    expect(refused()).toMatchObject({ status: 403, headers: { 'retry-after': '3600' } });
    setLimit(limits[0]!, undefined, HOUR);
    charge(limits, call('a'), 'GET /x', answer, 60);
    expect(refused()?.body.toString()).toBe('{"limit":"time"}');
  });
});
