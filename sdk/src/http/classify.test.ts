import { describe, expect, it } from 'vitest';
import { type Answer, byStatus } from './classify.ts';

const NOW = 1_800_000_000_000;
const answer = (status: number, headers: Record<string, string> = {}, text = ''): Answer => ({
  status,
  headers,
  bytes: Buffer.from(text),
  request: 'GET /x',
});
const limits = (remaining: number, reset: number) => ({
  'x-ratelimit-limit': '100',
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(reset),
});

describe('what HTTP says of a throttled answer', () => {
  it.each<[string, Record<string, string>, object]>([
    ['nothing', {}, { afterMs: undefined, scope: 'endpoint' }],
    ['Retry-After', { 'retry-after': '7' }, { afterMs: 7000, scope: 'endpoint' }],
    ['a long Retry-After alone', { 'retry-after': '700' }, { afterMs: 700_000, scope: 'endpoint' }],
    ['nothing left, soon reset: a burst', limits(0, 3), { afterMs: 3000, scope: 'endpoint' }],
    ['nothing left, reset far away: a quota', limits(0, 1800), { afterMs: 1_800_000, scope: 'credential' }],
    [
      'nothing left and a long Retry-After: a quota that ends as that says',
      { ...limits(0, 1800), 'retry-after': '1700' },
      { afterMs: 1_700_000, scope: 'credential' },
    ],
    ['something left: a burst', limits(50, 1800), { afterMs: undefined, scope: 'endpoint' }],
    [
      'the spent one of two policies counts',
      {
        'ratelimit-policy': '"burst";q=10;w=1, "day";q=1000;w=86400',
        ratelimit: '"burst";r=3;t=1, "day";r=0;t=3000',
      },
      { afterMs: 3_000_000, scope: 'credential' },
    ],
  ])('%s', (_, headers, verdict) => {
    expect(byStatus(answer(429, headers), NOW)).toEqual({ kind: 'throttled', ...verdict });
  });

  it('waits for a 503 as long as it says', () => {
    expect(byStatus(answer(503, { 'retry-after': '3' }), NOW)).toMatchObject({
      kind: 'retry',
      afterMs: 3000,
    });
  });
});

describe('what a refusal says', () => {
  const words = '{"errorMessages":["The board does not support sprints"],"errors":{}}';

  it('is asked for again where it was cut: it may be known by its words', () => {
    for (const status of [400, 404, 422])
      expect(byStatus(answer(status, {}, words.slice(0, 34)), NOW)).toMatchObject({ kind: 'retry' });
  });

  it('is final where it is whole, is no JSON, or says nothing', () => {
    for (const text of [words, `\n${words}\n`, '<html>No such page', ''])
      expect(byStatus(answer(404, {}, text), NOW)).toMatchObject({ kind: 'fatal' });
  });
});
