import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCursors } from './cursor-order.ts';

const json = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value);
const older = (a: unknown, b: unknown): void => {
  expect(Math.sign(compareCursors(json(a), json(b)))).toBe(-1);
  expect(Math.sign(compareCursors(json(b), json(a)))).toBe(1);
};
const same = (a: string, b: string): void => expect(compareCursors(a, b)).toBe(0);

describe('the order of cursors', () => {
  it('compares numbers as numbers, also those in strings', () => {
    older(9, 10);
    older('9', '10');
    older('9', 10);
    older(-10, -9);
    older(-1, 0);
    older(0.1, 0.11);
    same('1.50', '1.5');
    same('"100"', '1e2');
    same('0', '-0.0');
  });

  it('compares numbers that JavaScript cannot hold', () => {
    const compare = (a: string, b: string): number => Math.sign(compareCursors(a, b));
    expect(compare('9007199254740993', '9007199254740992')).toBe(1);
    expect(compare('-9007199254740993', '-9007199254740992')).toBe(-1);
    expect(compare('"0.10000000000000000001"', '0.1')).toBe(1);
    expect(compare('1e999', '1e1000')).toBe(-1);
    expect(compare('100000000000000000000000', '1e23')).toBe(0);
  });

  it('compares instants whatever their offset, and what is finer than a millisecond', () => {
    older('2026-03-28T16:06:20.165+0800', '2026-03-28T08:06:20.166Z');
    same('"2026-03-28T16:06:20.165+0800"', '"2026-03-28T08:06:20.165Z"');
    older('2026-03-28T08:06:20.165001Z', '2026-03-28T08:06:20.165002Z');
    older('2026-03-28T08:06:20.165Z', '2026-03-28T08:06:20.1650001Z');
    same('"2026-03-28T08:06:20.165000Z"', '"2026-03-28T08:06:20.165Z"');
  });

  it('compares all else by bytes, and knows an order between kinds', () => {
    older('a', 'b');
    older('B', 'a');
    older('2026-03-28', '2026-03-29');
    older('\uffff', '\u{10000}');
    older(undefined, 0);
    older(10, '2026-03-28T08:06:20Z');
    older('2026-03-28T08:06:20Z', 'x');
    expect(compareCursors('null', undefined)).toBe(0);
  });

  it('is an order: whatever three values are compared', () => {
    const value = fc.oneof(
      fc.constant(undefined),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(json),
      fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }).map(String),
      fc.bigInt({ min: 0n, max: 20n }).map((n) => `"${n}"`),
      fc.date({ noInvalidDate: true }).map((date) => json(date.toISOString())),
      fc.string().map(json),
    );
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const [ab, bc, ac] = [compareCursors(a, b), compareCursors(b, c), compareCursors(a, c)].map(
          Math.sign,
        );
        expect(ab).toBe(-Math.sign(compareCursors(b, a)) + 0);
        if (ab! <= 0 && bc! <= 0) expect(ac).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('orders whole numbers of any length as BigInt does', () => {
    const whole = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
    fc.assert(
      fc.property(whole, fc.bigInt({ min: -2n, max: 2n }), (a, step) => {
        const b = a + step;
        expect(Math.sign(compareCursors(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
