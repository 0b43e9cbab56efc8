/**
 * A walk over JSON bytes that checks everything JSON.parse checks (nesting, strings, escapes, numbers,
 * literals) and allocates nothing. Bytes of 0x80 and above are only ever string content; whether they are
 * UTF-8 is asked elsewhere (invalid UTF-8 is not invalid JSON, invariant 7).
 *
 * A read past `end` must not look like JSON: a buffer ends there, or the byte at `end` is a newline. Any
 * other caller compares the position it gets with `end`.
 */

/** The bytes are not one JSON text. `offset` counts bytes from the start of the buffer. */
export class InvalidJsonError extends Error {
  readonly offset: number;
  constructor(offset: number, what: string) {
    super(`not valid JSON at byte ${offset}: ${what}`);
    this.name = 'InvalidJsonError';
    this.offset = offset;
  }
}

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** 1 where a string's plain run stops: its quote, a backslash, a control character. */
const STOPS = new Uint8Array(256);
STOPS.fill(1, 0, 0x20);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;

/** 1 for the characters that may follow a backslash on their own. */
const ESCAPES = new Uint8Array(256);
for (const c of '"\\/bfnrt') ESCAPES[c.charCodeAt(0)] = 1;

const HEX = new Uint8Array(256);
for (const c of '0123456789abcdefABCDEF') HEX[c.charCodeAt(0)] = 1;

const IN_ARRAY = 0;
const IN_OBJECT = 1;
let nesting = new Uint8Array(1024);

/** Set when white space with a newline or carriage return was passed; whoever cares clears it first. */
export const passed = { lineBreak: false };

/** The position of the first byte at or after `i` that is no white space; at most `end`. */
export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  for (; i < end; i++) {
    const c = bytes[i];
    if (c === NEWLINE || c === RETURN) passed.lineBreak = true;
    else if (c !== 0x20 && c !== 0x09) return i;
  }
  return i;
}

/** `i` stands behind the opening quote; returns the position behind the closing one. */
export function skipString(bytes: Uint8Array, start: number): number {
  let i = start;
  for (;;) {
    while (STOPS[bytes[i] as number] === 0) i++;
    const c = bytes[i];
    if (c === QUOTE) return i + 1;
    if (c !== BACKSLASH) throw new InvalidJsonError(i, c === undefined ? 'it ends inside a string' : 'a control character in a string');
    const e = bytes[i + 1] as number;
    if (ESCAPES[e] === 1) i += 2;
    else if (e === 0x75 && HEX[bytes[i + 2]!] && HEX[bytes[i + 3]!] && HEX[bytes[i + 4]!] && HEX[bytes[i + 5]!]) i += 6;
    else throw new InvalidJsonError(i, 'an unknown escape');
  }
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  if (!isDigit(bytes[start])) throw new InvalidJsonError(start, 'a digit is missing');
  let i = start + 1;
  while (isDigit(bytes[i])) i++;
  return i;
}

function skipNumber(bytes: Uint8Array, start: number): number {
  let i = start;
  if (bytes[i] === 0x2d) i++;
  if (bytes[i] === 0x30) i++;
  else if (isDigit(bytes[i])) i = skipDigits(bytes, i);
  else throw new InvalidJsonError(start, 'no JSON value stands here');
  if (bytes[i] === 0x2e) i = skipDigits(bytes, i + 1);
  if (bytes[i] === 0x65 || bytes[i] === 0x45) {
    i++;
    if (bytes[i] === 0x2b || bytes[i] === 0x2d) i++;
    i = skipDigits(bytes, i);
  }
  return i;
}

function skipWord(bytes: Uint8Array, start: number, word: string): number {
  for (let k = 1; k < word.length; k++) {
    if (bytes[start + k] !== word.charCodeAt(k)) throw new InvalidJsonError(start, `this is not ${word}`);
  }
  return start + word.length;
}

/** `i` stands on a key's opening quote; returns the position behind its colon. */
export function skipKey(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  if (bytes[i] !== QUOTE) throw new InvalidJsonError(i, 'a key is missing');
  i = skipString(bytes, i + 1);
  if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
  if (bytes[i] !== COLON) throw new InvalidJsonError(i, 'a colon is missing');
  return i + 1;
}

/**
 * Checks one value and returns the position behind it. White space before it is passed.
 * @throws InvalidJsonError where JSON.parse would throw a SyntaxError
 */
export function skipValue(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  let depth = 0;
  for (;;) {
    if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
    const c = bytes[i];
    if (c === QUOTE) i = skipString(bytes, i + 1);
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      const kind = c === OPEN_BRACE ? IN_OBJECT : IN_ARRAY;
      i++;
      if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
      if (bytes[i] === c + 2) i++;
      else {
        if (depth === nesting.length) nesting = grow(nesting);
        nesting[depth++] = kind;
        if (kind === IN_OBJECT) i = skipKey(bytes, i, end);
        continue;
      }
    } else if (c === 0x74) i = skipWord(bytes, i, 'true');
    else if (c === 0x66) i = skipWord(bytes, i, 'false');
    else if (c === 0x6e) i = skipWord(bytes, i, 'null');
    else i = skipNumber(bytes, i);

    for (;;) {
      if (depth === 0) return i;
      if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
      const after = bytes[i];
      if (nesting[depth - 1] === IN_OBJECT) {
        if (after === COMMA) {
          i++;
          if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
          i = skipKey(bytes, i, end);
          break;
        }
        if (after !== CLOSE_BRACE) throw new InvalidJsonError(i, 'a comma or } is missing');
      } else {
        if (after === COMMA) {
          i++;
          break;
        }
        if (after !== CLOSE_BRACKET) throw new InvalidJsonError(i, 'a comma or ] is missing');
      }
      i++;
      depth--;
    }
  }
}

function grow(old: Uint8Array): Uint8Array<ArrayBuffer> {
  const bigger = new Uint8Array(old.length * 2);
  bigger.set(old);
  return bigger;
}

/** A copy of a valid JSON text without the white space outside its strings; nothing else is touched. */
export function minify(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const out = new Uint8Array(end - start);
  let length = 0;
  for (let i = start; i < end; ) {
    const c = bytes[i] as number;
    if (c <= 0x20) i++;
    else if (c === QUOTE) {
      const behind = skipString(bytes, i + 1);
      out.set(bytes.subarray(i, behind), length);
      length += behind - i;
      i = behind;
    } else {
      out[length++] = c;
      i++;
    }
  }
  return out.subarray(0, length);
}
