import { describe, expect, it } from 'vitest';
import { retryAfter, toldLimits } from './rate-headers.ts';

const NOW = Date.parse('2026-03-28T08:00:00.000Z');
const DATE = 'Sat, 28 Mar 2026 07:59:00 GMT';

describe('Retry-After', () => {
  it.each([
    ['7', undefined, 7000],
    ['0', undefined, 0],
    ['1.5', undefined, 1500],
    [' 30 ', undefined, 30_000],
    ['Sat, 28 Mar 2026 08:00:30 GMT', undefined, 30_000],
    // Our clock is a minute ahead of the server's; the server's counts.
    ['Sat, 28 Mar 2026 08:00:30 GMT', DATE, 90_000],
    ['Sat, 28 Mar 2026 07:00:00 GMT', undefined, 0],
    ['-5', undefined, undefined],
    ['', undefined, undefined],
    ['soon', undefined, undefined],
    ['2026', undefined, 2_026_000],
    ['1e300', undefined, undefined],
    ['Infinity', undefined, undefined],
    ['Sat, 28 Mar 2126 08:00:30 GMT', undefined, undefined],
  ])('%j with Date %j is %j ms', (value, date, ms) => {
    const headers = { 'retry-after': value, ...(date ? { date } : {}) };
    expect(retryAfter({ headers }, NOW)).toBe(ms);
  });
});

describe('limits that headers tell', () => {
  it.each([
    ['seconds left', '30', { resetMs: 30_000 }],
    ['epoch seconds', String(NOW / 1000 + 30), { resetMs: 30_000, resetAt: NOW + 30_000, server: NOW }],
    ['epoch milliseconds', String(NOW + 30_000), { resetMs: 30_000, resetAt: NOW + 30_000, server: NOW }],
    ['an ISO date', '2026-03-28T08:00:30Z', { resetMs: 30_000, resetAt: NOW + 30_000, server: NOW }],
    [
      'an ISO date to the minute',
      '2026-03-28T08:01Z',
      { resetMs: 60_000, resetAt: NOW + 60_000, server: NOW },
    ],
    ['a moment ago', String(NOW / 1000 - 30), { resetMs: 0, resetAt: NOW - 30_000, server: NOW }],
  ])('X-RateLimit-Reset as %s', (_, reset, told) => {
    const headers = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': reset };
    expect(toldLimits(headers, NOW)).toEqual([{ name: '', limit: 100, remaining: 3, ...told }]);
  });

  it('measures an epoch reset by the server’s own clock', () => {
    const headers = { date: DATE, 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(NOW / 1000) };
    expect(toldLimits(headers, NOW)).toEqual([
      { name: '', remaining: 3, resetMs: 60_000, resetAt: NOW, server: NOW - 60_000 },
    ]);
  });

  it.each<[string, Record<string, string>, object[]]>([
    [
      'RateLimit with its policy',
      { 'ratelimit-policy': '"default";q=100;w=60', ratelimit: '"default";r=50;t=30' },
      [{ name: 'default', limit: 100, windowMs: 60_000, remaining: 50, resetMs: 30_000 }],
    ],
    [
      'several policies',
      {
        'ratelimit-policy': '"burst";q=100;w=1, "daily";q=1000;w=86400;pk=:cGFydA==:',
        ratelimit: '"daily";r=0;t=30',
      },
      [
        { name: 'burst', limit: 100, windowMs: 1000 },
        { name: 'daily', limit: 1000, windowMs: 86_400_000, remaining: 0, resetMs: 30_000 },
      ],
    ],
    [
      'a name with commas and semicolons',
      { 'ratelimit-policy': '"a;b,c";q=1;w=2' },
      [{ name: 'a;b,c', limit: 1, windowMs: 2000 }],
    ],
    [
      'another unit than requests',
      { 'ratelimit-policy': '"b";q=9;w=60;qu="content-bytes"', ratelimit: '"b";r=1;t=9' },
      [],
    ],
    [
      'a RateLimit without policy',
      { ratelimit: '"x";r=5;t=9' },
      [{ name: 'x', remaining: 5, resetMs: 9000 }],
    ],
    [
      'draft 7',
      { ratelimit: 'limit=100, remaining=50, reset=30', 'ratelimit-policy': '100;w=60' },
      [{ name: '100;60', limit: 100, windowMs: 60_000, remaining: 50, resetMs: 30_000 }],
    ],
    [
      'the older three',
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '50', 'ratelimit-reset': '30' },
      [{ name: '', limit: 100, remaining: 50, resetMs: 30_000 }],
    ],
    [
      'draft 6 with two windows',
      {
        'ratelimit-policy': '10;w=1, 50;w=60',
        'ratelimit-limit': '50',
        'ratelimit-remaining': '4',
        'ratelimit-reset': '7',
      },
      [
        { name: '10;1', limit: 10, windowMs: 1000 },
        { name: '50;60', limit: 50, windowMs: 60_000, remaining: 4, resetMs: 7000 },
      ],
    ],
    ['nothing', {}, []],
    [
      'nonsense',
      {
        'ratelimit-policy': ';;;,,"',
        ratelimit: '=,=;r',
        'x-ratelimit-limit': '0',
        'x-ratelimit-remaining': '-1',
        'x-ratelimit-reset': 'never',
      },
      [],
    ],
    ['a reset in a hundred years', { 'x-ratelimit-reset': '4929724800' }, []],
  ])('%s', (_, headers, told) => {
    expect(toldLimits(headers, NOW)).toEqual(told);
  });
});
