import { Buffer } from 'node:buffer';
import { BACKSLASH, QUOTE } from './json-bytes.ts';

/** A copy of a valid JSON text without white space outside strings. Nothing else is changed. */
export function minify(bytes: Uint8Array, start: number, end: number): Buffer {
  const out = Buffer.allocUnsafeSlow(end - start);
  let length = 0;
  let inString = false;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (inString) {
      out[length++] = c;
      if (c === QUOTE) inString = false;
      // The byte after a backslash is always content.
      else if (c === BACKSLASH) out[length++] = bytes[++i]!;
    } else if (c > 0x20) {
      out[length++] = c;
      if (c === QUOTE) inString = true;
    }
  }
  return out.subarray(0, length);
}
