import { Buffer } from 'node:buffer';
import { BACKSLASH, QUOTE } from './json-bytes.ts';

/** Longest first: one begins with another. */
const NON_NUMBERS = ['-Infinity', 'Infinity', 'NaN'].map((text) => Buffer.from(text));
const FIRST_BYTES = new Set(NON_NUMBERS.map((text) => text[0]!));
const NULL = Buffer.from('null');

/** A text without what JSON has no form for. */
export interface WithoutNonNumbers {
  readonly bytes: Buffer;
  /** Where in `bytes` null stands in its place. */
  readonly nulls: readonly number[];
}

/**
 * Some servers write numbers that JSON does not have: NaN, Infinity, -Infinity. Puts null in their place; in strings
 * they stay. Called for a text that is not JSON.
 * @returns undefined if it has none
 */
export function withoutNonNumbers(bytes: Buffer): WithoutNonNumbers | undefined {
  const parts: Buffer[] = [];
  const nulls: number[] = [];
  let from = 0;
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    if (c === QUOTE) i = stringEnd(bytes, i);
    else if (FIRST_BYTES.has(c)) {
      const found = NON_NUMBERS.find((text) => bytes.subarray(i, i + text.length).equals(text));
      if (!found) continue;
      parts.push(bytes.subarray(from, i), NULL);
      nulls.push(length + i - from);
      length += i - from + NULL.length;
      i += found.length - 1;
      from = i + 1;
    }
  }
  if (nulls.length === 0) return undefined;
  return { bytes: Buffer.concat([...parts, bytes.subarray(from)]), nulls };
}

/** The position of a string's closing quote; the end if it has none. */
function stringEnd(bytes: Buffer, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}
