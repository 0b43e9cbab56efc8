import fc from 'fast-check';

/** `npm run test:long` sets 1, a hunt 20; a fifth finds what a change breaks, and lets `npm test` be quick. */
const factor = Number(process.env.HEADRACE_FUZZ ?? '0.2');

/** How many cases a property runs; `HEADRACE_FUZZ=1` makes it as many as are named. */
export function cases(named: number): { numRuns: number } {
  return { numRuns: Math.ceil(named * factor) };
}

/** Of a list of cases those that a short run takes: every fifth, or all with `HEADRACE_FUZZ=1`. */
export function someOf<T>(all: Iterable<T>): T[] {
  const every = Math.max(1, Math.round(1 / factor));
  return [...all].filter((_, i) => i % every === 0);
}

/** Time for a property to run in, in ms. */
export const LONG = 60_000 * Math.max(1, factor);

const space = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 }) },
);

const hex = (code: number, upper: boolean) => {
  const digits = code.toString(16).padStart(4, '0');
  return `\\u${upper ? digits.toUpperCase() : digits}`;
};

/** One character as it may stand in a JSON string: raw, escaped, or half a surrogate pair (only as an escape). */
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

/** Few names, so that keys are often wanted and often come twice; some are written with escapes. */
const NAMES = ['a', 'b', 'r', 'x', 'y', 'id', '', '__proto__', 'größe', 'a_key_of_more_than_31_bytes_______'];
/**
 * No key begins with a backslash: once JSON.parse of Node 24 has seen one, it reads other keys that are
 * written with an escape at the same place of an object as this one (https://github.com/nodejs/node/issues/63785).
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

/** A JSON text of any kind: white space anywhere, every form of numbers and strings, duplicate keys. */
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

/** As jsonText, but always an object. */
export const objectText: fc.Arbitrary<string> = fc
  .array(fc.tuple(key, jsonText), { maxLength: 6 })
  .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`);

/** What JSON.parse makes of a text, found independently: white space outside strings dropped. */
export function minified(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|[ \t\n\r]+/gs, '$1');
}

/** `text` somewhere inside a bigger buffer, at any alignment, with bytes around it that must not matter. */
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

/** A string so long that a text with it is copied to where a faster walk can walk it. */
export const LONG_STRING = `"${'x'.repeat(1 << 10)}"`;

/** An array of a long string and `text`, whatever that is. */
export function lengthened(text: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`[${LONG_STRING},`), text, Buffer.from(']')]);
}
