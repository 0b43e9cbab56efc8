import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floorMinute, instantOf, isoUtc } from './instant.ts';

describe('instants', () => {
  it.each([
    ['2026-03-28T16:06:20.165+0800', '2026-03-28T08:06:20.165Z'],
    ['2026-03-28T16:06:20.165+08:00', '2026-03-28T08:06:20.165Z'],
    ['2026-03-28T16:06:20Z', '2026-03-28T16:06:20.000Z'],
    ['2026-03-28T16:06:20', '2026-03-28T16:06:20.000Z'],
    ['2026-10-25T02:30:00.000+0200', '2026-10-25T00:30:00.000Z'],
  ])('reads %s', (text, utc) => {
    expect(isoUtc(instantOf(text))).toBe(utc);
  });

  it.each(['', 'yesterday', '2026', '28/03/2026', '2026-03-28T16:06:20.165+08000'])('refuses %j', (text) => {
    expect(instantOf(text)).toBeNaN();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
        expect(instantOf(isoUtc(ms))).toBe(ms);
        expect(floorMinute(ms) % 60_000).toBe(0);
        expect(ms - floorMinute(ms)).toBeLessThan(60_000);
      }),
    );
  });
});
