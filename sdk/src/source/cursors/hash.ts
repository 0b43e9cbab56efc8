/**
 * 64-bit hashes (two lanes of MurmurHash3's 32-bit form) of what is too big to remember: keys that were read, rows that
 * were sent. States contain them, so a different function would only cause rows to be sent again. Among a million
 * hashes, two are equal with a probability of 1 in 30 million.
 */
export const hashed: { -readonly [lane in keyof Hash]: number } = { hi: 0, lo: 0 };

/** The two lanes of a hash, 32 bits each. */
export interface Hash {
  readonly hi: number;
  readonly lo: number;
}

/** The hash of some bytes, into `hashed`. */
export function hashBytes(bytes: Uint8Array): void {
  let hi = 0x9747b28c;
  let lo = 0x3c6ef372;
  const { length } = bytes;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hi = mixHi(hi, k);
    lo = mixLo(lo, k);
  }
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i]!;
  end(mixHi(hi, tail), mixLo(lo, tail), length);
}

/** The hash of a string, into `hashed`. */
export function hashText(text: string): void {
  let hi = 0x9747b28c;
  let lo = 0x3c6ef372;
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    hi = mixHi(hi, k);
    lo = mixLo(lo, k);
  }
  end(hi, lo, text.length);
}

/** The hash of some bytes as 16 hexadecimal digits. */
export function hashHex(bytes: Uint8Array): string {
  hashBytes(bytes);
  return hex(hashed.hi) + hex(hashed.lo);
}

/** The hash of a string as 16 hexadecimal digits. */
export function hashTextHex(text: string): string {
  hashText(text);
  return hex(hashed.hi) + hex(hashed.lo);
}

/** The hash of a key and of the bytes that belong to it. */
export function hashKeyed(key: string, bytes: Uint8Array): Hash {
  hashText(key);
  return withKey({ hi: hashed.hi, lo: hashed.lo }, bytes);
}

/** `hashKeyed` for a key that was hashed before. */
export function withKey(key: Hash, bytes: Uint8Array): Hash {
  hashBytes(bytes);
  return {
    hi: (hashed.hi ^ Math.imul(key.hi, 0x9e3779b1)) >>> 0,
    lo: (hashed.lo ^ Math.imul(key.lo, 0x85ebca77)) >>> 0,
  };
}

const hex = (lane: number): string => lane.toString(16).padStart(8, '0');

function mixHi(lane: number, k: number): number {
  const m = Math.imul(k, 0xcc9e2d51);
  const h = lane ^ Math.imul((m << 15) | (m >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Other constants than the high lane's (those of MurmurHash3's 128-bit form): the lanes have to differ. */
function mixLo(lane: number, k: number): number {
  const m = Math.imul(k, 0x239b961b);
  const h = lane ^ Math.imul((m << 16) | (m >>> 16), 0xab0e9789);
  return (Math.imul((h << 15) | (h >>> 17), 5) + 0x561ccd1b) | 0;
}

function end(hi: number, lo: number, length: number): void {
  hashed.hi = spread(hi ^ length) >>> 0;
  hashed.lo = spread(lo ^ length) >>> 0;
}

function spread(lane: number): number {
  let h = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
