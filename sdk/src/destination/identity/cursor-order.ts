import { Buffer } from 'node:buffer';
import { instantOf } from '../../protocol/instant.ts';
import { wholeBytes } from '../names/encode-name.ts';

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const FRACTION = /\.(\d+)/;

/** How a cursor value is compared: as a number, as an instant, or by its bytes. */
type Value =
  | { readonly rank: 0 }
  | { readonly rank: 1; readonly digits: string }
  | { readonly rank: 2; readonly ms: number; readonly fraction: string }
  | { readonly rank: 3; readonly bytes: Buffer };

const ABSENT: Value = { rank: 0 };

/**
 * Compares two values of a cursor field, given as JSON texts (`undefined` if the field is absent). Negative if `a` is
 * older. Numbers, also in strings, are compared exactly, whatever their length; instants whatever their offset;
 * anything else by its bytes. Values of different kinds sort as: absent or null, number, instant, other.
 */
export function compareCursors(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  const x = comparable(a);
  const y = comparable(b);
  if (x.rank === 1 && y.rank === 1) return compareNumbers(x.digits, y.digits);
  if (x.rank === 2 && y.rank === 2)
    return x.ms - y.ms || (x.fraction < y.fraction ? -1 : Number(x.fraction > y.fraction));
  if (x.rank === 3 && y.rank === 3) return Buffer.compare(x.bytes, y.bytes);
  return x.rank - y.rank;
}

function comparable(json: string | undefined): Value {
  if (json === undefined || json === 'null') return ABSENT;
  const text = json.startsWith('"') ? (JSON.parse(json) as string) : json;
  if (NUMBER.test(text)) return { rank: 1, digits: text };
  const ms = text === json ? Number.NaN : instantOf(text);
  if (Number.isNaN(ms)) return { rank: 3, bytes: wholeBytes(text) };
  // Digits finer than a millisecond.
  return { rank: 2, ms, fraction: (FRACTION.exec(text)?.[1] ?? '').slice(3).replace(/0+$/, '') };
}

function compareNumbers(a: string, b: string): number {
  const x = Number(a);
  const y = Number(b);
  // Rounding keeps the order, so only numbers that round to the same double are compared digit by digit.
  if (x !== y) return x < y ? -1 : 1;
  const p = decimal(a);
  const q = decimal(b);
  // A number too small for a double rounds to 0, whatever its sign.
  if (p.sign !== q.sign) return p.sign - q.sign;
  if (p.digits === q.digits && p.point === q.point) return 0;
  const larger = p.point === q.point ? p.digits > q.digits : p.point > q.point;
  return larger === p.sign > 0 ? 1 : -1;
}

/** `-12.50e3` as −0.125 × 10^5: the digits without zeros at both ends, and the exponent. 0 has no sign. */
function decimal(text: string): { sign: number; digits: string; point: number } {
  const sign = text.startsWith('-') ? -1 : 1;
  const [mantissa = '', exponent = '0'] = text.slice(sign < 0 ? 1 : 0).split(/e/i);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const leading = whole.length + fraction.length - significant.length;
  if (significant === '') return { sign: 0, digits: '', point: 0 };
  return {
    sign,
    digits: significant.replace(/0+$/, ''),
    point: whole.length - leading + Number(exponent),
  };
}

/**
 * Bytes that sort (by memcmp, `Buffer.compare`, in a BLOB or bytea column) in the order of compareCursors, and are
 * equal if it returns 0: for stores that find the newest record of a key themselves.
 */
export function cursorBytes(json: string | undefined): Buffer {
  const value = comparable(json);
  switch (value.rank) {
    case 0:
      return Buffer.from([0]);
    case 1:
      return numberBytes(decimal(value.digits));
    case 2:
      return Buffer.concat([Buffer.from([2]), doubleBytes(value.ms), Buffer.from(value.fraction)]);
    case 3:
      return Buffer.concat([Buffer.from([3]), value.bytes]);
  }
}

/** Rank and sign, exponent, digits and an end. For a negative number, what follows the sign is inverted. */
function numberBytes({ sign, digits, point }: ReturnType<typeof decimal>): Buffer {
  if (sign === 0) return Buffer.from([1, 1]);
  const size = Buffer.concat([doubleBytes(point), Buffer.from(digits), Buffer.from([0])]);
  if (sign < 0) for (let i = 0; i < size.length; i++) size[i] = 0xff - size[i]!;
  return Buffer.concat([Buffer.from([1, sign < 0 ? 0 : 2]), size]);
}

/** A double as eight bytes that sort in its order. */
function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  // −0 and 0 are equal.
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  if (bytes[0]! & 0x80) for (let i = 0; i < 8; i++) bytes[i] = 0xff - bytes[i]!;
  else bytes[0]! |= 0x80;
  return bytes;
}
