import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, someOf } from '../../protocol/fuzz.test-support.ts';
import { Limiter, type Limits } from './limiter.ts';
import {
  concurrent,
  fixedWindow,
  type ModelServer,
  moody,
  mulberry,
  retryAfterHeader,
  simulate,
  slidingWindow,
  tokenBucket,
} from './simulate.test-support.ts';
import { VirtualClock } from './virtual-clock.test-support.ts';

const iso = (ms: number) => new Date(ms).toISOString();

describe('a fixed budget', () => {
  const budgets: Array<[string, Limits, () => ModelServer, number, number]> = [
    [
      '50 a second, fixed windows',
      { budgets: [{ requests: 50, perMs: 1000 }] },
      () => fixedWindow(50, 1000, undefined, 333),
      50,
      4000,
    ],
    [
      '50 a second, sliding window',
      { budgets: [{ requests: 50, perMs: 1000 }] },
      () => slidingWindow(50, 1000),
      50,
      4000,
    ],
    [
      '7 a second, sliding window',
      { budgets: [{ requests: 7, perMs: 1000 }] },
      () => slidingWindow(7, 1000),
      7,
      1000,
    ],
    [
      '2,000 a minute, sliding window',
      { budgets: [{ requests: 2000, perMs: 60_000 }] },
      () => slidingWindow(2000, 60_000),
      2000 / 60,
      20_000,
    ],
    [
      '1,000 an hour and 50 a second',
      {
        budgets: [
          { requests: 50, perMs: 1000 },
          { requests: 1000, perMs: 3_600_000 },
        ],
      },
      () => slidingWindow(1000, 3_600_000),
      1000 / 3600,
      9999,
    ],
  ];
  it.each(budgets)('%s: 0.95 of it and no throttled answer', async (_, limits, server, allowed, requests) => {
    const outcome = await simulate({ server: server(), requests, concurrency: 16, limits });
    expect(outcome.throttledPerMille).toBe(0);
    expect(outcome.rps / allowed).toBeGreaterThan(0.95);
  });

  it('is kept by every endpoint for itself where it says so', async () => {
    const clock = new VirtualClock();
    const limiter = new Limiter(
      { budgets: [{ requests: 10, perMs: 1000, per: 'endpoint' }] },
      { clock, concurrency: 100 },
    );
    const went: Record<string, number> = { a: 0, b: 0 };
    const { signal } = new AbortController();
    const ask = async (scope: string) => {
      const pass = await limiter.enter({ scope, signal, ticket: limiter.ticket(), name: scope });
      went[scope]!++;
      pass.done({});
    };
    const began = clock.now();
    await clock.run(Promise.all(Array.from({ length: 40 }, (_, k) => ask(k % 2 ? 'a' : 'b'))));
    expect(went).toEqual({ a: 20, b: 20 });
    expect(clock.now() - began).toBeGreaterThan(1800);
    expect(clock.now() - began).toBeLessThan(2200);
  });
});

describe('a limit that headers tell', () => {
  const headers: Array<[string, () => ModelServer, number]> = [
    [
      'X-RateLimit-*, epoch seconds, 50 a second',
      () =>
        fixedWindow(50, 1000, ({ remaining, resetMs, at }) => ({
          date: new Date(at).toUTCString(),
          'x-ratelimit-limit': '50',
          'x-ratelimit-remaining': String(remaining),
          'x-ratelimit-reset': String(Math.ceil((at + resetMs) / 1000)),
        })),
      10_000,
    ],
    [
      'X-RateLimit-*, epoch seconds, windows that begin between two of them',
      () =>
        fixedWindow(
          50,
          1000,
          ({ remaining, resetMs, at }) => ({
            date: new Date(at).toUTCString(),
            'x-ratelimit-limit': '50',
            'x-ratelimit-remaining': String(remaining),
            'x-ratelimit-reset': String(Math.ceil((at + resetMs) / 1000)),
          }),
          400,
        ),
      10_000,
    ],
    [
      'X-RateLimit-*, ISO, a bucket that says a second each time',
      () =>
        tokenBucket(50, 50, ({ remaining, at }) => ({
          date: new Date(at).toUTCString(),
          'x-ratelimit-limit': '50',
          'x-ratelimit-remaining': String(remaining),
          'x-ratelimit-reset': iso(at + 1000),
        })),
      10_000,
    ],
    [
      'RateLimit and RateLimit-Policy, 50 a second, sliding',
      () =>
        slidingWindow(50, 1000, ({ remaining, resetMs }) => ({
          'ratelimit-policy': '"default";q=50;w=1',
          ratelimit: `"default";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
        })),
      10_000,
    ],
    [
      'X-RateLimit-*, ISO, 3,000 a minute',
      () =>
        fixedWindow(3000, 60_000, ({ remaining, resetMs, at }) => ({
          'x-ratelimit-limit': '3000',
          'x-ratelimit-remaining': String(remaining),
          'x-ratelimit-reset': iso(at + resetMs),
        })),
      15_000,
    ],
    [
      'RateLimit, 3,000 a minute, seconds left',
      () =>
        fixedWindow(3000, 60_000, ({ remaining, resetMs }) => ({
          'ratelimit-policy': '"default";q=3000;w=60',
          ratelimit: `"default";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
        })),
      15_000,
    ],
  ];
  headers.push([
    'RateLimit-Policy alone, 3,000 a minute',
    () => slidingWindow(3000, 60_000, () => ({ 'ratelimit-policy': '"default";q=3000;w=60' })),
    15_000,
  ]);
  for (const concurrency of [16, 32])
    it.each(someOf(headers))(`%s: 0.95 of it, ${concurrency} under way`, async (_, server, requests) => {
      const outcome = await simulate({ server: server(), requests, concurrency });
      expect(outcome.rps / 50).toBeGreaterThan(0.95);
      expect(outcome.throttledPerMille).toBeLessThan(5);
    });
});

describe('a limit that nobody tells', () => {
  const servers: Array<[string, () => ModelServer, number]> = [
    ['fixed windows of a second', () => fixedWindow(50, 1000), 50],
    ['fixed windows with Retry-After', () => fixedWindow(50, 1000, retryAfterHeader), 50],
    ['fixed windows of ten seconds', () => fixedWindow(500, 10_000), 50],
    ['a sliding second', () => slidingWindow(50, 1000), 50],
    ['a sliding second with Retry-After', () => slidingWindow(50, 1000, retryAfterHeader), 50],
    ['sliding ten seconds', () => slidingWindow(500, 10_000), 50],
    ['a sliding minute with Retry-After', () => slidingWindow(3000, 60_000, retryAfterHeader), 50],
    ['a bucket of 10', () => tokenBucket(50, 10), 50],
    ['a bucket of 50', () => tokenBucket(50, 50), 50],
    ['a bucket of 500 with Retry-After', () => tokenBucket(50, 500, retryAfterHeader), 50],
    ['five at a time', () => concurrent(5), 5 / 0.1025],
  ];
  for (const concurrency of [16, 32]) {
    it.each(someOf(servers))(`is found, ${concurrency} under way: %s`, async (_, server, allowed) => {
      const outcome = await simulate({ server: server(), requests: 10_000, concurrency });
      expect(outcome.rps / allowed).toBeGreaterThan(0.75);
      expect(outcome.throttledPerMille).toBeLessThanOrEqual(20);
    });
  }

  it.each([
    [3, 30, 8],
    [3, 800, 32],
    [20, 30, 32],
    [50, 30, 32],
    [200, 30, 32],
  ])('is found: %d a second, %d ms there and back, %d under way', async (limit, latencyMs, concurrency) => {
    for (const server of [fixedWindow(limit, 1000), slidingWindow(limit, 1000, retryAfterHeader)]) {
      const requests = Math.min(10_000, 200 * limit);
      const { rps, throttledPerMille } = await simulate({ server, requests, concurrency, latencyMs });
      expect(rps / limit).toBeGreaterThan(0.75);
      // Finding a rate far below the initial one takes some throttled responses, however long the run is.
      expect((throttledPerMille * requests) / 1000).toBeLessThan(Math.max(250, 0.02 * requests));
    }
  });

  it.each([1, 5, 20])('is not looked for where %d in a hundred are throttled at random', async (percent) => {
    const { rps } = await simulate({
      server: moody(percent),
      requests: 20_000,
      concurrency: 8,
      latencyMs: 10,
      jitterMs: 1,
      backoff: { firstMs: 5, maxMs: 80, tries: 8 },
    });
    // Eight in flight at 11 ms are 727 per second; each throttled response pauses all of them for 5 ms plus a
    // probe.
    expect(rps).toBeGreaterThan({ 1: 250, 5: 200, 20: 60 }[percent]!);
  });

  it('that is raised is found again', async () => {
    const clock = { at: 0 };
    const slow = fixedWindow(20, 1000);
    const fast = fixedWindow(200, 1000);
    const server: ModelServer = {
      arrive(at) {
        clock.at ||= at;
        return (at - clock.at < 60_000 ? slow : fast).arrive(at);
      },
    };
    const outcome = await simulate({ server, requests: 15_000, concurrency: 40 });
    // 60 s at 20; after that it must return to most of what 40 in flight can do.
    expect(outcome.foundRps).toBeGreaterThan(100);
  });
});

describe('the queue', () => {
  const clockAndLimiter = (limits?: Limits, concurrency = 2) => {
    const clock = new VirtualClock();
    return { clock, limiter: new Limiter(limits, { clock, concurrency, random: () => 0 }) };
  };
  const signal = new AbortController().signal;
  const THROTTLED = (afterMs: number, scope: 'endpoint' | 'credential') => ({
    throttled: { afterMs, scope },
  });

  it('asks seldom where a quota is used up and nothing says for how long', async () => {
    const { clock, limiter } = clockAndLimiter();
    const tries: number[] = [];
    for (let tried = 0; tried < 40; tried++) {
      const entered = limiter.enter({ scope: 'a', signal, ticket: limiter.ticket(), name: 'a' });
      const pass = await clock.run(entered);
      tries.push(clock.now());
      pass.done({ throttled: { afterMs: undefined, scope: 'credential' } });
    }
    // Seconds at first, then five minutes.
    expect(tries[3]! - tries[0]!).toBeLessThan(30_000);
    expect(tries.filter((at) => at - tries[0]! <= 3_600_000).length).toBeLessThan(25);
    expect(Math.max(...tries.slice(1).map((at, i) => at - tries[i]!))).toBeLessThan(400_000);
  });

  it('lets a burst pause its endpoint and a quota everything', async () => {
    const { clock, limiter } = clockAndLimiter();
    const enter = (scope: string) => limiter.enter({ scope, signal, ticket: limiter.ticket(), name: scope });
    const began = clock.now();
    const at = async (scope: string) => {
      const pass = await enter(scope);
      pass.done({});
      return clock.now() - began;
    };
    (await enter('a')).done(THROTTLED(3000, 'endpoint'));
    expect(await clock.run(Promise.all([at('a'), at('b')]))).toEqual([3000, 0]);
    (await clock.run(enter('a'))).done(THROTTLED(4000, 'credential'));
    const went = await clock.run(Promise.all([at('a'), at('b')]));
    for (const ms of went) expect(ms).toBeCloseTo(7000, -2);
  });

  it('is one queue over all endpoints: who came first goes first, and again after a retry', async () => {
    const { clock, limiter } = clockAndLimiter({ adaptive: false }, 1);
    const went: string[] = [];
    const one = async (scope: string, name: string, throttles: number) => {
      const ticket = limiter.ticket();
      for (let left = throttles; ; left--) {
        const pass = await limiter.enter({ scope, signal, ticket, name });
        went.push(name);
        await clock.sleep(1);
        if (left > 0) pass.done(THROTTLED(1000, 'credential'));
        else return void pass.done({});
      }
    };
    await clock.run(
      Promise.all([one('a', 'a1', 1), one('b', 'b1', 0), one('a', 'a2', 0), one('b', 'b2', 0)]),
    );
    expect(went).toEqual(['a1', 'a1', 'b1', 'a2', 'b2']);
  });

  it('lets lower ranks go first over all endpoints, and among equals who came first', async () => {
    const { clock, limiter } = clockAndLimiter({ adaptive: false }, 1);
    const went: string[] = [];
    const one = async (scope: string, name: string, rank?: number) => {
      const pass = await limiter.enter({ scope, signal, ticket: limiter.ticket(), name, rank });
      went.push(name);
      await clock.sleep(1);
      pass.done({});
    };
    await clock.run(
      Promise.all([
        one('a', 'first in'),
        one('a', 'late 1', 2),
        one('b', 'late 2', 2),
        one('b', 'early 1', -1),
        one('a', 'early 2', -1),
        one('b', 'plain'),
      ]),
    );
    expect(went).toEqual(['first in', 'early 1', 'early 2', 'plain', 'late 1', 'late 2']);
  });

  it('counts a request as over once, however often it is said', async () => {
    const { limiter } = clockAndLimiter(undefined, 1);
    const enter = () => limiter.enter({ scope: '', signal, ticket: limiter.ticket(), name: '' });
    const first = await enter();
    first.done({});
    first.done({});
    await enter();
    const third = await Promise.race([enter(), new Promise((resolve) => setTimeout(resolve, 20, 'waits'))]);
    expect(third).toBe('waits');
  });

  it('tells of a long pause once, whoever waits, and of a short one never', async () => {
    const { clock, limiter } = clockAndLimiter(undefined, 8);
    const told: number[] = [];
    const onWait = (until: number) => told.push(until);
    const enter = () => limiter.enter({ scope: '', signal, ticket: limiter.ticket(), name: '', onWait });
    const burst = async (afterMs: number) => {
      const passes = await Promise.all(Array.from({ length: 5 }, enter));
      const began = clock.now();
      for (const pass of passes) pass.done(THROTTLED(afterMs, 'endpoint'));
      const again = Array.from({ length: 5 }, async () => (await enter()).done({}));
      await clock.run(Promise.all(again));
      return began;
    };
    await clock.run(burst(4000));
    expect(told).toEqual([]);
    const began = await clock.run(burst(60_000));
    expect(told).toEqual([began + 60_000]);
  });

  it('sends away who would wait for more than an hour', async () => {
    const { limiter } = clockAndLimiter();
    const enter = () => limiter.enter({ scope: '', signal, ticket: limiter.ticket(), name: 'GET /x' });
    const first = await enter();
    const second = await enter();
    const third = enter();
    first.done(THROTTLED(7_200_000, 'credential'));
    await expect(third).rejects.toMatchObject({ code: 'http.throttled', place: 'GET /x' });
    await expect(enter()).rejects.toMatchObject({ failureType: 'transient_error' });
    second.done({});
  });

  it('ends every wait at once when it is told to', async () => {
    const { clock, limiter } = clockAndLimiter({ budgets: [{ requests: 1, perMs: 1000 }] });
    const abort = new AbortController();
    const enter = () =>
      limiter.enter({ scope: '', signal: abort.signal, ticket: limiter.ticket(), name: '' });
    (await enter()).done({});
    const waiting = [enter(), enter(), enter()];
    abort.abort(new Error('stop'));
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => 'rejected'),
    );
    await expect(enter()).rejects.toThrow('stop');
    // No timer may be left that keeps the process alive.
    expect(clock.isIdle).toBe(true);
  });

  it('never locks up, starves nobody and keeps its concurrency, whatever the answers', async () => {
    const outcome = fc.record({
      kind: fc.constantFrom('fine', 'fine', 'fine', 'throttled', 'credential', 'none'),
      afterMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      ms: fc.integer({ min: 0, max: 3000 }),
      headers: fc.constantFrom<Record<string, string>>(
        {},
        { 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2' },
        { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '70' },
        { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '90', 'x-ratelimit-reset': '3600' },
        { ratelimit: '"a";r=0;t=30', 'ratelimit-policy': '"a";q=10;w=60' },
        { 'x-ratelimit-remaining': 'none', 'x-ratelimit-reset': '-5' },
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(
          fc.record({ requests: fc.integer({ min: 1, max: 20 }), perMs: fc.constantFrom(100, 1000, 60_000) }),
          {
            maxLength: 2,
          },
        ),
        fc.integer(),
        async (script, concurrency, requests, budgets, seed) => {
          const clock = new VirtualClock();
          const random = mulberry(seed);
          const limiter = new Limiter({ budgets }, { clock, concurrency, random });
          let underWay = 0;
          let step = 0;
          const firstGone: number[] = [];
          const one = async (k: number): Promise<void> => {
            const ticket = limiter.ticket();
            const scope = k % 3 === 0 ? 'a' : 'b';
            for (let tries = 0; ; tries++) {
              const pass = await limiter.enter({ scope, signal, ticket, name: '' });
              if (tries === 0) firstGone.push(ticket);
              expect(++underWay).toBeLessThanOrEqual(concurrency);
              // The script is played once; after that the server has recovered.
              const answer = script[step++] ?? { kind: 'fine', ms: 10, headers: {}, afterMs: undefined };
              await clock.sleep(answer.ms);
              underWay--;
              const isThrottled = answer.kind === 'throttled' || answer.kind === 'credential';
              pass.done({
                headers: answer.kind === 'none' ? undefined : answer.headers,
                throttled: isThrottled
                  ? {
                      afterMs: answer.afterMs,
                      scope: answer.kind === 'credential' ? 'credential' : 'endpoint',
                    }
                  : undefined,
              });
              if (!isThrottled) return;
            }
          };
          await clock.run(Promise.all(Array.from({ length: requests }, (_, k) => one(k))));
          // First come, first served, within an endpoint.
          for (const rest of [0, 1]) {
            const ofScope = firstGone.filter((ticket) => (ticket % 3 === 0 ? 0 : 1) === rest);
            expect(ofScope).toEqual([...ofScope].sort((a, b) => a - b));
          }
          expect(clock.isIdle).toBe(true);
        },
      ),
      cases(500),
    );
  });

  it('never lets more through than its budgets, at any instant', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(50, 1000, 9000, 20_000, 60_000),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 30 }),
        async (requests, perMs, pauses) => {
          const clock = new VirtualClock();
          const limiter = new Limiter({ budgets: [{ requests, perMs }] }, { clock, concurrency: 5 });
          const went: number[] = [];
          const work = pauses.flatMap((ms, k) =>
            Array.from({ length: 8 }, async () => {
              await clock.sleep(ms * k);
              const pass = await limiter.enter({ scope: '', signal, ticket: limiter.ticket(), name: '' });
              went.push(clock.now());
              await clock.sleep(ms % 7);
              pass.done({});
            }),
          );
          await clock.run(Promise.all(work));
          for (let k = requests; k < went.length; k++)
            expect(went[k]! - went[k - requests]!).toBeGreaterThanOrEqual(perMs);
        },
      ),
      cases(500),
    );
  });
});
