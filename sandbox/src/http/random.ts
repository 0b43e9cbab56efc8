/** 32 pseudo-random bits from a seed and two numbers (murmur3's finaliser). Deterministic. */
export function draw(seed: number, n: number, salt: number): number {
  let h =
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(n + 1, 0xc2b2ae35) ^ Math.imul(salt + 7, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x27d4eb2f);
  return (h ^ (h >>> 15)) >>> 0;
}

/** {@link draw} as a fraction in [0, 1). */
export function fraction(seed: number, n: number, salt: number): number {
  return draw(seed, n, salt) / 4294967296;
}

/** {@link draw} as a whole number in [0, limit). */
export function below(limit: number, seed: number, n: number, salt: number): number {
  return Math.floor(fraction(seed, n, salt) * limit);
}

/** 32-bit FNV-1a hash of a text, to check that a page token belongs to a query. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
