import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../protocol/fuzz.test-support.ts';
import { type CountedRange, cutRange } from './split-window.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const SETTLED = Date.parse('2026-03-01T00:00:00Z');

/** Cuts what is behind these times and says how many requests it took. */
async function cut(times: readonly number[], since: number | undefined, rows: number, most: number, off = 1) {
  let requests = 0;
  const inRange = (a: number | undefined, b: number | undefined): number =>
    times.filter((time) => time >= (a ?? 0) && time < (b ?? Number.POSITIVE_INFINITY)).length;
  const counted = inRange(since, undefined);
  const windows = await cutRange(
    { since, until: undefined, counted },
    SETTLED,
    { rows, most },
    async (range) => {
      requests++;
      return Math.round(inRange(range.since, range.until) * off);
    },
  );
  return { windows, requests, sizes: windows.map((window) => inRange(window.since, window.until)) };
}

const even = (n: number, days: number): number[] =>
  Array.from({ length: n }, (_, k) => SETTLED - ((k + 0.5) / n) * days * DAY);

describe('cutting a range by counts', () => {
  it('cuts an even range into windows of about the wanted size, by few requests', async () => {
    const { sizes, requests } = await cut(even(80_000, 365), SETTLED - 365 * DAY, 10_000, 16);
    expect(sizes.length).toBeGreaterThanOrEqual(7);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(12_500);
    expect(requests).toBeLessThanOrEqual(16);
  });

  it('finds its way from no beginning: fourteen years, most of it in the last', async () => {
    const times = [...even(20_000, 14 * 365), ...even(60_000, 200)];
    const { sizes, requests, windows } = await cut(times, undefined, 10_000, 8);
    expect(windows[0]!.since).toBeUndefined();
    expect(sizes.length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(15_000);
    expect(requests).toBeLessThanOrEqual(40);
  });

  it('leaves a minute with a bulk edit whole, and stops asking', async () => {
    const { sizes, requests } = await cut(
      [...even(1000, 100), ...Array(50_000).fill(SETTLED - 40 * DAY)],
      SETTLED - 100 * DAY,
      5000,
      8,
    );
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(50_000);
    expect(requests).toBeLessThanOrEqual(40);
  });

  it('is contiguous, minute-aligned, open at the end and within the most, however wrong the counts are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -400 * DAY, max: DAY }), { maxLength: 60 }),
        fc.option(fc.integer({ min: -420 * 1440, max: 0 }), { nil: undefined }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        async (offsets, sinceMinutes, rows, most, off) => {
          const since = sinceMinutes === undefined ? undefined : SETTLED + sinceMinutes * MINUTE;
          const { windows, requests } = await cut(
            offsets.map((at) => SETTLED + at),
            since,
            rows,
            most,
            off,
          );
          expect(requests).toBeLessThanOrEqual(4 * most + 8);
          expect(windows.length).toBeLessThanOrEqual(most);
          expect(windows[0]!.since).toBe(since);
          expect(windows.at(-1)!.until).toBeUndefined();
          windows.forEach((window: CountedRange, k) => {
            if (k > 0) expect(window.since).toBe(windows[k - 1]!.until);
            if (window.until !== undefined) {
              expect(window.until % MINUTE).toBe(0);
              expect(window.until).toBeGreaterThan(window.since ?? 0);
              expect(window.until).toBeLessThan(SETTLED);
            }
          });
        },
      ),
      cases(2000),
    );
  });
});
