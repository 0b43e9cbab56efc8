import { DEEPEST_MESSAGE, MOST_CONTAINERS } from './limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Why a JSON text must not be parsed: it is nested too deeply, or has so many objects and lists that memory would
 * not be bounded (invariant 8). Undefined if it may be parsed. A single pass that looks only at brackets and
 * strings.
 */
export function tooMuch(
  text: Uint8Array,
  { depth = DEEPEST_MESSAGE, containers = MOST_CONTAINERS } = {},
): string | undefined {
  // Each object or list, and each level, takes at least two bytes.
  if (text.length < 2 * Math.min(depth, containers)) return undefined;
  let level = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (byte === QUOTE) {
      for (i++; i < text.length && text[i] !== QUOTE; i++) if (text[i] === BACKSLASH) i++;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      count++;
      if (++level > depth) return `it is nested deeper than ${depth} levels`;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) level--;
  }
  return count > containers ? `it holds more than ${containers / 1e6} million objects and lists` : undefined;
}
