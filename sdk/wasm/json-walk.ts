/**
 * The walk of sdk/src/protocol/json-bytes.ts in AssemblyScript, for texts that stand in a WebAssembly memory:
 * sixteen bytes of a string at a time. It only ever says yes: where it returns 0 the other walk is asked, which
 * knows what is wrong, if anything is. `npm run wasm` makes sdk/src/protocol/json-walk-wasm.ts of it. `@inline` is
 * AssemblyScript's, and half of the speed; editors, which take this for TypeScript, are told to let it be.
 */

const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a;
const BACKSLASH: u32 = 0x5c;
const OPEN_BRACE: u32 = 0x7b;
const CLOSE_BRACE: u32 = 0x7d;
const OPEN_BRACKET: u32 = 0x5b;

/** The closing bytes of the objects and arrays around a value stand at the beginning of the memory. */
const DEEPEST: u32 = 1024;
/** Behind them: how a RECORD line begins, up to its data. */
const HEAD: usize = 1024;

/**
 * Checks a RECORD line `[start, end)` that begins with the first `length` bytes (16 at least) at HEAD and ends with
 * its data and `}}`.
 * @returns the position behind its data. 0: it is no such line, as far as can be seen here
 */
export function skipRecord(length: usize, start: usize, end: usize): usize {
  const data = start + length;
  if (data + 3 > end) return 0;
  for (let k: usize = 0; k + 16 <= length; k += 16) if (differ(start + k, HEAD + k)) return 0;
  if (differ(data - 16, HEAD + length - 16)) return 0;
  if (load<u16>(end - 2) != 0x7d7d) return 0;
  const behind = skipValue(data, end);
  return behind == end - 2 ? behind : 0;
}

/** Whether two runs of 16 bytes do. */
// @ts-ignore: decorator
@inline
function differ(a: usize, b: usize): bool {
  return v128.any_true(v128.xor(v128.load(a), v128.load(b)));
}

/**
 * Checks the value that begins at `start` of a text that ends before `end` with `}` or `]`.
 * @returns the position behind it. 0: it is no JSON, or nested deeper than DEEPEST, or there is a line break in
 *   its white space, or the text is over behind it. At most 16 bytes behind `end` are read, and judged by nobody.
 */
export function skipValue(start: usize, end: usize): usize {
  let i = start;
  let c = at(i);
  if (c == QUOTE) return skipString(i + 1, end);
  if (c != OPEN_BRACE && c != OPEN_BRACKET) return skipBare(i);
  let depth: u32 = 0;
  let closer: u32 = 0;
  while (true) {
    // Here `i` stands on the first byte of a value, and `c` is that byte.
    if (c == QUOTE) {
      i = skipString(i + 1, end);
      if (i == 0) return 0;
    } else if (c == OPEN_BRACE || c == OPEN_BRACKET) {
      i = skipSpace(i + 1);
      let d = at(i);
      if (d != c + 2) {
        if (depth == DEEPEST) return 0;
        store<u8>(depth, <u8>closer);
        depth++;
        closer = c + 2;
        if (c == OPEN_BRACE) {
          i = skipKey(i, end);
          if (i == 0) return 0;
          d = at(i);
        }
        c = d;
        continue;
      }
      i++;
      if (depth == 0) return i;
    } else {
      i = skipBare(i);
      if (i == 0) return 0;
    }

    while (true) {
      if (i >= end) return 0;
      i = skipSpace(i);
      c = at(i);
      if (c == COMMA) break;
      if (c != closer) return 0;
      i++;
      depth--;
      closer = <u32>load<u8>(depth);
      if (depth == 0) return i;
    }
    i = skipSpace(i + 1);
    if (closer == CLOSE_BRACE) {
      i = skipKey(i, end);
      if (i == 0) return 0;
    }
    c = at(i);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function at(i: usize): u32 {
  return <u32>load<u8>(i);
}

/** A line break stops it: what there is one in has to be minified. */
// @ts-ignore: decorator
@inline
function skipSpace(start: usize): usize {
  let i = start;
  while (at(i) == 0x20 || at(i) == 0x09) i++;
  return i;
}

/** A key and its colon: the position of the value's first byte, or 0. */
// @ts-ignore: decorator
@inline
function skipKey(start: usize, end: usize): usize {
  if (at(start) != QUOTE) return 0;
  let i = skipString(start + 1, end);
  if (i == 0) return 0;
  i = skipSpace(i);
  return at(i) == COLON ? skipSpace(i + 1) : 0;
}

/** `start` stands behind the opening quote; one that closes it behind `end` does not count. */
// @ts-ignore: decorator
@inline
function skipString(start: usize, end: usize): usize {
  const quotes = i8x16.splat(0x22);
  const backslashes = i8x16.splat(0x5c);
  const controls = i8x16.splat(0x1f);
  let i = start;
  while (i < end) {
    const bytes = v128.load(i);
    const special = v128.or(
      v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)),
      i8x16.eq(v128.min<u8>(bytes, controls), bytes),
    );
    const hits = i8x16.bitmask(special);
    if (hits == 0) {
      i += 16;
      continue;
    }
    i += ctz(hits);
    const c = at(i);
    if (c == QUOTE) return i < end ? i + 1 : 0;
    if (c != BACKSLASH) return 0;
    i = skipEscape(i);
    if (i == 0) return 0;
  }
  return 0;
}

function skipEscape(i: usize): usize {
  switch (at(i + 1)) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return i + 2;
    case 0x75: // u
      return isHex(i + 2) && isHex(i + 3) && isHex(i + 4) && isHex(i + 5) ? i + 6 : 0;
    default:
      return 0;
  }
}

function isHex(i: usize): bool {
  return isDigit(i) || (at(i) | 0x20) - 0x61 < 6;
}

// @ts-ignore: decorator
@inline
function isDigit(i: usize): bool {
  return at(i) - 0x30 < 10;
}

/** null, true, false or a number. */
// @ts-ignore: decorator
@inline
function skipBare(i: usize): usize {
  const word = load<u32>(i);
  if (word == 0x6c6c756e || word == 0x65757274) return i + 4; // null, true
  if (word == 0x736c6166 && at(i + 4) == 0x65) return i + 5; // false
  return skipNumber(i);
}

// @ts-ignore: decorator
@inline
function skipNumber(start: usize): usize {
  let i = start;
  if (at(i) == 0x2d) i++;
  if (at(i) == 0x30) i++;
  else i = skipDigits(i);
  if (i != 0 && at(i) == 0x2e) i = skipDigits(i + 1);
  if (i != 0 && (at(i) | 0x20) == 0x65) {
    i++;
    if (at(i) == 0x2b || at(i) == 0x2d) i++;
    i = skipDigits(i);
  }
  return i;
}

/** At least one. */
// @ts-ignore: decorator
@inline
function skipDigits(start: usize): usize {
  let i = start;
  while (isDigit(i)) i++;
  return i == start ? 0 : i;
}
