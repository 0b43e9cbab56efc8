/**
 * A walk over JSON bytes that checks everything JSON.parse checks (nesting, strings, escapes, numbers, literals)
 * and allocates nothing. Bytes of 0x80 and above only occur in strings. Whether they are valid UTF-8 is checked
 * elsewhere: invalid UTF-8 is not invalid JSON (invariant 7).
 *
 * The walk never reads outside its text, although it compares almost no position with the end. Every text ends
 * with `}` or `]` (see openText), which stops every token except a string, and strings are bounded by `lastQuote`.
 * The text can only be over after a closing bracket, so `end` is checked only there.
 */

/** The bytes are not exactly one JSON text. `offset` counts bytes from the start of the scanned input. */
export class InvalidJsonError extends Error {
  readonly offset: number;
  /** The message without the position. */
  readonly what: string;
  constructor(offset: number, what: string) {
    super(`not valid JSON at byte ${offset}: ${what}`);
    this.name = 'InvalidJsonError';
    this.offset = offset;
    this.what = what;
  }
}

export const QUOTE = 0x22;
export const COMMA = 0x2c;
const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** 1 for each character that may follow a backslash on its own. */
const ESCAPES = new Uint8Array(256);
for (const c of '"\\/bfnrt') ESCAPES[c.charCodeAt(0)] = 1;

const HEX = new Uint8Array(256);
for (const c of '0123456789abcdefABCDEF') HEX[c.charCodeAt(0)] = 1;

let nesting = new Uint8Array(1024);

/** What the walk has seen since this was last cleared: a line break in white space, an escape in a string. */
export const passed = { lineBreak: false, escape: false };

/** The position of the first byte at or after `start` that is not white space. There must be one. */
export function skipSpace(b: Uint8Array, start: number): number {
  for (let i = start; ; i++) {
    const c = b[i];
    if (c === NEWLINE || c === RETURN) passed.lineBreak = true;
    else if (c !== 0x20 && c !== 0x09) return i;
  }
}

/**
 * `start` is after the opening quote; returns the position after the closing one. Compares four bytes at a time: a
 * byte c is a quote or a control character if (c ^ 2) < 0x21, and a backslash if (c ^ 0x5c) < 1.
 * `(x - n) & ~x & 0x80` per byte finds the first such byte (false hits only occur after a true one).
 */
export function skipString(
  b: Uint8Array,
  w: Int32Array,
  start: number,
  end: number,
  lastQuote: number,
): number {
  let i = start;
  while (i <= lastQuote) {
    let k = i >> 2;
    // Set the bytes before `i` in its word to 0xff, which never matches.
    let x = w[k]! | ((1 << ((i & 3) << 3)) - 1);
    let hit = (((x ^ 0x02020202) - 0x21212121) | ((x ^ 0x5c5c5c5c) - 0x01010101)) & ~x & -0x7f7f7f80;
    while (hit === 0) {
      x = w[++k]!;
      hit = (((x ^ 0x02020202) - 0x21212121) | ((x ^ 0x5c5c5c5c) - 0x01010101)) & ~x & -0x7f7f7f80;
    }
    i = (k << 2) + ((31 - Math.clz32(hit & -hit)) >> 3);
    const c = b[i];
    if (c === QUOTE) return i + 1;
    if (c !== BACKSLASH) throw new InvalidJsonError(i, 'a control character in a string');
    i = skipEscape(b, i);
  }
  return skipTail(b, i, end);
}

/** A string that ends after `lastQuote`, or never ends: check it byte by byte up to `end`. */
function skipTail(b: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; ) {
    const c = b[i]!;
    if (c === QUOTE) return i + 1;
    if (c === BACKSLASH) i = skipEscape(b, i);
    else if (c >= 0x20) i++;
    else throw new InvalidJsonError(i, 'a control character in a string');
  }
  throw new InvalidJsonError(end, 'it ends inside a string');
}

function skipEscape(b: Uint8Array, i: number): number {
  passed.escape = true;
  const e = b[i + 1]!;
  if (ESCAPES[e] === 1) return i + 2;
  if (e === 0x75 && HEX[b[i + 2]!] && HEX[b[i + 3]!] && HEX[b[i + 4]!] && HEX[b[i + 5]!]) return i + 6;
  throw new InvalidJsonError(i, 'an unknown escape');
}

function skipDigits(b: Uint8Array, start: number): number {
  let i = start;
  let c = b[i]!;
  if (c < 0x30 || c > 0x39) throw new InvalidJsonError(i, 'a digit is missing');
  do c = b[++i]!;
  while (c >= 0x30 && c <= 0x39);
  return i;
}

function skipNumber(b: Uint8Array, start: number): number {
  let i = start;
  if (b[i] === 0x2d) i++;
  const first = b[i]!;
  if (first === 0x30) i++;
  else if (first >= 0x31 && first <= 0x39) i = skipDigits(b, i);
  else throw new InvalidJsonError(start, 'a JSON value is missing');
  if (b[i] === 0x2e) i = skipDigits(b, i + 1);
  if (b[i] === 0x65 || b[i] === 0x45) {
    i++;
    if (b[i] === 0x2b || b[i] === 0x2d) i++;
    i = skipDigits(b, i);
  }
  return i;
}

/** null, true, false or a number. */
function skipBare(b: Uint8Array, i: number): number {
  const c = b[i];
  if (c === 0x6e && b[i + 1] === 0x75 && b[i + 2] === 0x6c && b[i + 3] === 0x6c) return i + 4;
  if (c === 0x74 && b[i + 1] === 0x72 && b[i + 2] === 0x75 && b[i + 3] === 0x65) return i + 4;
  if (c === 0x66 && b[i + 1] === 0x61 && b[i + 2] === 0x6c && b[i + 3] === 0x73 && b[i + 4] === 0x65)
    return i + 5;
  return skipNumber(b, i);
}

/** `i` is after a key's closing quote; returns the position after its colon. */
export function skipColon(b: Uint8Array, i: number): number {
  if (b[i] === COLON) return i + 1;
  const at = skipSpace(b, i);
  if (b[at] !== COLON) throw new InvalidJsonError(at, 'a colon is missing');
  return at + 1;
}

/**
 * Checks one value inside a text and returns the position after it. `start` is its first byte.
 * @throws InvalidJsonError if JSON.parse would throw a SyntaxError
 */
export function skipValue(
  b: Uint8Array,
  w: Int32Array,
  start: number,
  end: number,
  lastQuote: number,
): number {
  let i = start;
  let c = b[i]!;
  if (c === QUOTE) return skipString(b, w, i + 1, end, lastQuote);
  if (c !== OPEN_BRACE && c !== OPEN_BRACKET) return skipBare(b, i);
  let depth = 0;
  /** The closing byte of the current object or array. */
  let closer = 0;
  for (;;) {
    // Here `i` is at the first byte of a value, and `c` is that byte.
    if (c === QUOTE) i = skipString(b, w, i + 1, end, lastQuote);
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      let d = b[++i]!;
      if (d <= 0x20) {
        i = skipSpace(b, i);
        d = b[i]!;
      }
      if (d !== c + 2) {
        if (depth === nesting.length) nesting = grow(nesting);
        nesting[depth++] = closer;
        closer = c + 2;
        if (c === OPEN_BRACE) {
          if (d !== QUOTE) throw new InvalidJsonError(i, 'a key is missing');
          i = skipColon(b, skipString(b, w, i + 1, end, lastQuote));
          d = b[i]!;
          if (d <= 0x20) {
            i = skipSpace(b, i);
            d = b[i]!;
          }
        }
        c = d;
        continue;
      }
      i++;
      if (depth === 0) return i;
      if (i === end) throw new InvalidJsonError(i, 'it ends too early');
    } else i = skipBare(b, i);

    for (;;) {
      c = b[i]!;
      if (c <= 0x20) {
        i = skipSpace(b, i);
        c = b[i]!;
      }
      if (c === COMMA) break;
      if (c !== closer) throw new InvalidJsonError(i, `a comma or ${String.fromCharCode(closer)} is missing`);
      i++;
      closer = nesting[--depth]!;
      if (depth === 0) return i;
      if (i === end) throw new InvalidJsonError(i, 'it ends too early');
    }
    c = b[++i]!;
    if (c <= 0x20) {
      i = skipSpace(b, i);
      c = b[i]!;
    }
    if (closer === CLOSE_BRACE) {
      if (c !== QUOTE) throw new InvalidJsonError(i, 'a key is missing');
      i = skipColon(b, skipString(b, w, i + 1, end, lastQuote));
      c = b[i]!;
      if (c <= 0x20) {
        i = skipSpace(b, i);
        c = b[i]!;
      }
    }
  }
}

function grow(old: Uint8Array): Uint8Array<ArrayBuffer> {
  const bigger = new Uint8Array(old.length * 2);
  bigger.set(old);
  return bigger;
}
