import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floorMinute, instantAt, instantOf, isoUtc } from './instant.ts';
import { Page } from './page.ts';

const at = (text: string): number => {
  const bytes = new TextEncoder().encode(`"${text}"`);
  return instantAt(bytes, 1, bytes.length - 1);
};

describe('instants', () => {
  it.each([
    ['2026-03-28T16:06:20.165+0800', '2026-03-28T08:06:20.165Z'],
    ['2026-03-28T16:06:20.165+08:00', '2026-03-28T08:06:20.165Z'],
    ['2026-03-28T16:06:20Z', '2026-03-28T16:06:20.000Z'],
    ['2026-03-28T16:06:20', '2026-03-28T16:06:20.000Z'],
    ['2026-10-25T02:30:00.000+0200', '2026-10-25T00:30:00.000Z'],
  ])('reads %s', (text, utc) => {
    expect(isoUtc(instantOf(text))).toBe(utc);
    expect(isoUtc(at(text))).toBe(utc);
  });

  it.each(['', 'yesterday', '2026', '28/03/2026', '2026-03-28T16:06:20.165+08000'])('refuses %j', (text) => {
    expect(instantOf(text)).toBeNaN();
    expect(at(text)).toBeNaN();
  });

  it('reads bytes as it reads text, of timestamps and of what is nearly one', () => {
    const nearly = fc.oneof(
      fc
        .tuple(
          fc.integer({ min: -1e12, max: 5e12 }),
          fc.constantFrom('Z', '+0800', '-03:30', '+00:00', '-0000', '+9999', '+08:0', 'z', ''),
        )
        .map(([ms, zone]) => `${new Date(ms).toISOString().slice(0, 23)}${zone}`),
      fc.stringMatching(
        /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9x]{3}(Z|[+-][0-9:]{4,5})$/,
      ),
    );
    fc.assert(
      fc.property(nearly, (text) => {
        expect(at(text)).toBe(instantOf(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['"2015-07-28T16:14:53.136Z"', 1438100093136],
    ['1438100093136', 1438100093136],
    ['1.438100093136e12', 1438100093136],
    ['1438100093136.7', 1438100093136],
    ['0', 0],
    ['-1', -1],
    ['1e300', Number.NaN],
    ['"1438100093136"', Number.NaN],
    ['null', Number.NaN],
    ['true', Number.NaN],
    ['[1438100093136]', Number.NaN],
  ])('a record’s %s is one, or none', (json, instant) => {
    const page = Page.of([JSON.parse(`{"at":${json}}`) as object, {}], { at: 'at' });
    expect(page.instant(0, 'at')).toBe(instant);
    expect(page.instant(1, 'at')).toBeNaN();
  });

  it('writes as toISOString does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -6e13, max: 2.5e14 }), (ms) => {
        expect(isoUtc(ms)).toBe(new Date(ms).toISOString());
      }),
    );
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
