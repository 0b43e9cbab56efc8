import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareCursors, cursorBytes } from './cursor-order.ts';

const digits = fc.stringMatching(/^\d{1,25}$/);
const number = fc
  .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -400, max: 400 })))
  .map(
    ([sign, whole, fraction, exponent]) =>
      `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`,
  );
const instant = fc
  .tuple(
    fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
    fc.stringMatching(/^\d{0,6}$/),
    fc.constantFrom('Z', '+02:00', '-11:30'),
  )
  .map(([date, finer, zone]) => JSON.stringify(date.toISOString().replace('Z', `${finer}${zone}`)));
const cursor = fc.oneof(
  fc.constantFrom(
    undefined,
    'null',
    'true',
    '""',
    '{"a":1}',
    '0',
    '-0',
    '1e400',
    '-1e-400',
    '"1970-01-01T00:00:00Z"',
  ),
  number,
  number.map((text) => JSON.stringify(text)),
  instant,
  fc.string().map((text) => JSON.stringify(text)),
);

it('cursorBytes are in the order of compareCursors, whatever is compared', () => {
  const order = (a: string | undefined, b: string | undefined): number =>
    Math.sign(Buffer.compare(cursorBytes(a), cursorBytes(b)));
  fc.assert(
    fc.property(cursor, cursor, (a, b) => {
      expect(order(a, b), `${a} ${b}`).toBe(Math.sign(compareCursors(a, b)));
    }),
    { numRuns: 3000 },
  );
  expect(order('"9"', '10')).toBe(-1);
  expect(order('12345678901234567890123', '12345678901234567890124')).toBe(-1);
  expect(order('-12345678901234567890123', '-12345678901234567890124')).toBe(1);
});
