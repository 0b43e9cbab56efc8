import { Buffer } from 'node:buffer';

/**
 * Encodes sorted numbers in few bytes: the steps between them in Rice's code (Rice and Plaunt, 1971). For ids that are
 * assigned one after the other, it is within a few percent of the shortest code. 200,000 ids with an average step of 100
 * are 0.28 MB of text.
 *
 * A step is written as its quotient by 2^k in ones, a zero, and a remainder of k bits. If the quotient is 24 or more, it is
 * written as 24 ones and the step in 53 bits.
 */
const QUOTIENT_MOST = 24;
const WHOLE_BITS = 53;

/** `<k>.<count>.<bits in base64url>`. @param numbers whole, not negative, sorted and distinct */
export function encodeSorted(numbers: ArrayLike<number>): string {
  const steps = new Float64Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) steps[i] = numbers[i]! - (i === 0 ? 0 : numbers[i - 1]! + 1);
  const { k, bits } = shortest(steps);
  const bytes = Buffer.alloc(Math.ceil(bits / 8));
  let at = 0;
  const write = (value: number, width: number): void => {
    for (let bit = width - 1; bit >= 0; bit--, at++)
      if (Math.floor(value / 2 ** bit) % 2 === 1) bytes[at >> 3]! |= 0x80 >> (at & 7);
  };
  for (const step of steps) {
    const quotient = Math.floor(step / 2 ** k);
    if (quotient < QUOTIENT_MOST) {
      write(2 ** (quotient + 1) - 2, quotient + 1);
      write(step % 2 ** k, k);
    } else {
      write(2 ** QUOTIENT_MOST - 1, QUOTIENT_MOST);
      write(step, WHOLE_BITS);
    }
  }
  return `${k}.${steps.length}.${bytes.toString('base64url')}`;
}

/** @returns undefined if the text is not a result of `encodeSorted` */
export function decodeSorted(text: string): Float64Array | undefined {
  const [, k, count, encoded] = /^([0-9]{1,2})\.([0-9]{1,9})\.([A-Za-z0-9_-]*)$/.exec(text) ?? [];
  if (k === undefined || count === undefined || encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64url');
  const width = Number(k);
  // A number takes at least one bit, so a wrong count cannot allocate more memory than its text justifies.
  if (width > WHOLE_BITS || Number(count) > 8 * bytes.length) return undefined;
  const numbers = new Float64Array(Number(count));
  let at = 0;
  const read = (bits: number): number => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++, at++) value = value * 2 + ((bytes[at >> 3]! >> (7 - (at & 7))) & 1);
    return value;
  };
  let last = -1;
  for (let i = 0; i < numbers.length; i++) {
    let quotient = 0;
    while (quotient < QUOTIENT_MOST && read(1) === 1) quotient++;
    last += 1 + (quotient === QUOTIENT_MOST ? read(WHOLE_BITS) : quotient * 2 ** width + read(width));
    numbers[i] = last;
  }
  return at <= 8 * bytes.length ? numbers : undefined;
}

/** The k that needs the fewest bits. */
function shortest(steps: Float64Array): { k: number; bits: number } {
  let best = { k: 0, bits: Number.POSITIVE_INFINITY };
  for (let k = 0; k < 48; k++) {
    const divisor = 2 ** k;
    let bits = 0;
    for (const step of steps) {
      const quotient = Math.floor(step / divisor);
      bits += quotient < QUOTIENT_MOST ? quotient + 1 + k : QUOTIENT_MOST + WHOLE_BITS;
    }
    if (bits < best.bits) best = { k, bits };
  }
  return best;
}
