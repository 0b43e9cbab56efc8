import type { Buffer } from 'node:buffer';

/*
 * These functions search valid JSON without parsing it. Inside a string, every quote is preceded by a backslash.
 * Therefore a text with its quotes matches only a key or a whole string, and only a key is followed by a colon.
 */
const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Whether these ASCII characters are at `at`. */
export function isAt(bytes: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether `text`, which starts with a string's opening quote, is at `at`. */
export function isStringBegin(bytes: Buffer, at: number, text: string): boolean {
  return isAt(bytes, at, text) && bytes[at - 1] !== BACKSLASH;
}

/** Whether the string that ends before `at` is a key. */
export function hasColonBehind(bytes: Buffer, at: number): boolean {
  return bytes[skipSpace(bytes, at, 1)] === COLON;
}

/** The string value of the key that ends before `at`, or undefined if it is not a key or the value is not a string. */
export function stringBehindColon(bytes: Buffer, at: number): string | undefined {
  const colon = skipSpace(bytes, at, 1);
  if (bytes[colon] !== COLON) return undefined;
  const start = skipSpace(bytes, colon + 1, 1);
  if (bytes[start] !== QUOTE) return undefined;
  const end = stringEnd(bytes, start);
  const isPlain = bytes.subarray(start, end).indexOf(BACKSLASH) === -1;
  return isPlain
    ? bytes.toString('utf8', start + 1, end - 1)
    : (JSON.parse(bytes.toString('utf8', start, end)) as string);
}

/** The start of the key whose value is at `at`, if the key is `key` (with quotes); otherwise -1. */
export function keyBefore(bytes: Buffer, at: number, key: string): number {
  const colon = skipSpace(bytes, at - 1, -1);
  if (bytes[colon] !== COLON) return -1;
  const start = skipSpace(bytes, colon - 1, -1) + 1 - key.length;
  return isStringBegin(bytes, start, key) ? start : -1;
}

/** The parsed object that contains the key at `key`. */
export function objectAround(bytes: Buffer, key: number): unknown {
  const start = objectStart(bytes, key);
  return JSON.parse(bytes.toString('utf8', start, objectEnd(bytes, start)));
}

/** The first byte from `at`, in the given direction, that is not white space. */
function skipSpace(bytes: Buffer, at: number, step: 1 | -1): number {
  let i = at;
  while (bytes[i]! <= 0x20) i += step;
  return i;
}

/** The position after the string that starts at `start`. */
function stringEnd(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1);
  while (isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1);
  return end + 1;
}

/** The start of the string whose closing quote is at `end`. */
function stringStart(bytes: Buffer, end: number): number {
  let start = bytes.lastIndexOf(QUOTE, end - 1);
  while (isEscaped(bytes, start)) start = bytes.lastIndexOf(QUOTE, start - 1);
  return start;
}

function isEscaped(bytes: Buffer, quote: number): boolean {
  let before = quote - 1;
  while (bytes[before] === BACKSLASH) before--;
  return (quote - before) % 2 === 0;
}

function objectStart(bytes: Buffer, key: number): number {
  let depth = 0;
  for (let i = key - 1; ; i--) {
    const c = bytes[i];
    if (c === QUOTE) i = stringStart(bytes, i);
    else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth++;
    else if ((c === OPEN_BRACE || c === OPEN_BRACKET) && depth-- === 0) return i;
  }
}

/** The position after the object that starts at `start`. */
function objectEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let i = start; ; i++) {
    const c = bytes[i];
    if (c === QUOTE) i = stringEnd(bytes, i) - 1;
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) depth++;
    else if ((c === CLOSE_BRACE || c === CLOSE_BRACKET) && --depth === 0) return i + 1;
  }
}
