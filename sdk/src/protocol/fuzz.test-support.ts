import fc from 'fast-check';

/**
 * `npm run test:long` uses 1, a bug hunt 20. A fifth is enough to catch what a change breaks and keeps `npm test`
 * quick.
 */
const factor = Number(process.env.HEADRACE_FUZZ ?? '0.2');

/** The number of cases that a property runs. `HEADRACE_FUZZ=1` runs as many as `named`. */
export function cases(named: number): { numRuns: number } {
  return { numRuns: Math.ceil(named * factor) };
}

/** The cases that a short run takes from a list: every fifth, or all with `HEADRACE_FUZZ=1`. */
export function someOf<T>(all: Iterable<T>): T[] {
  const every = Math.max(1, Math.round(1 / factor));
  return [...all].filter((_, i) => i % every === 0);
}

/** The time limit of a property, in ms. It only ends what would never end, so it is long enough for a busy machine. */
export const LONG = 600_000 * Math.max(1, factor);

const space = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 }) },
);

const hex = (code: number, upper: boolean) => {
  const digits = code.toString(16).padStart(4, '0');
  return `\\u${upper ? digits.toUpperCase() : digits}`;
};

/** One character of a JSON string: raw, escaped, or a lone surrogate (only as an escape). */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcdefghij ,:{}[]/0123'.split('')) },
  { weight: 2, arbitrary: fc.constantFrom('é', 'ß', '構', '🚀', '\u2028', '\u00a0', '\u007f', '\ufeff') },
  { weight: 2, arbitrary: fc.constantFrom(...'"\\/bfnrt'.split('').map((c) => `\\${c}`)) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(0xffff), fc.boolean()).map(([code, upper]) => hex(code, upper)) },
  { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => hex(code, false)) },
);
const string = fc
  .oneof(
    { weight: 9, arbitrary: fc.array(character, { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.array(character, { minLength: 20, maxLength: 80 }) },
  )
  .map((parts) => `"${parts.join('')}"`);

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: 1, maxLength: 22 });
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      digits.map((d) => d.replace(/^0+/, '') || '0'),
    ),
    fc.option(
      digits.map((d) => `.${d}`),
      { nil: '' },
    ),
    fc.option(
      fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-'), digits).map(([e, d]) => e + d.slice(0, 3)),
      { nil: '' },
    ),
  )
  .map((parts) => parts.join(''));

/** Only a few names, so that selected keys and duplicate keys come up often. Some are written with escapes. */
const NAMES = ['a', 'b', 'r', 'x', 'y', 'id', '', '__proto__', 'größe', 'a_key_of_more_than_31_bytes_______'];
/**
 * No key begins with a backslash. After JSON.parse of Node 24 has seen one, it reads other escaped keys at the
 * same place of an object as that key (https://github.com/nodejs/node/issues/63785).
 */
const otherKey = string.filter((text) => !/^"\\(\\|u005c)/i.test(text));
const key = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(fc.constantFrom(...NAMES), fc.nat(9)).map(([name, escaped]) => {
      if (escaped > 0 || name === '') return `"${name}"`;
      return `"${hex(name.charCodeAt(0), false)}${name.slice(1)}"`;
    }),
  },
  { weight: 1, arbitrary: otherKey },
);

const bare = fc.constantFrom('null', 'true', 'false', '{}', '[]', '{ }', '[\n]', '""', '"\\\\"');

/** A JSON text of any kind: white space anywhere, every form of number and string, duplicate keys. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string; object: string; array: string }>(
  (tie) => ({
    value: fc
      .tuple(
        space,
        fc.oneof({ maxDepth: 6, depthSize: 'small' }, bare, string, number, tie('object'), tie('array')),
        space,
      )
      .map((parts) => parts.join('')),
    object: fc
      .array(fc.tuple(space, key, space, tie('value')), { maxLength: 6 })
      .map(
        (members) =>
          `{${members.map(([before, name, after, value]) => `${before}${name}${after}:${value}`).join(',')}}`,
      ),
    array: fc.array(tie('value'), { maxLength: 6 }).map((values) => `[${values.join(',')}]`),
  }),
).value;

/** Like jsonText, but always an object. */
export const objectText: fc.Arbitrary<string> = fc
  .array(fc.tuple(key, jsonText), { maxLength: 6 })
  .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`);

/** The text without white space outside strings, by an independent implementation. */
export function minified(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|[ \t\n\r]+/gs, '$1');
}

/** Places `text` inside a larger buffer, at any alignment, surrounded by bytes that must not matter. */
export function embed(
  text: Uint8Array,
  before: number,
  after: Uint8Array,
): { bytes: Buffer; start: number; end: number } {
  const whole = new Uint8Array(before + text.length + after.length);
  whole.fill(0x22, 0, before);
  whole.set(text, before);
  whole.set(after, before + text.length);
  return { bytes: Buffer.from(whole.buffer), start: before, end: before + text.length };
}

/** A string long enough that a text with it is copied into memory which the faster walk can use. */
export const LONG_STRING = `"${'x'.repeat(1 << 10)}"`;

/** An array of a long string and `text`; `text` need not be valid. */
export function lengthened(text: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`[${LONG_STRING},`), text, Buffer.from(']')]);
}
