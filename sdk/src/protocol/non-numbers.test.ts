import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases, jsonText } from './fuzz.test-support.ts';
import { withoutNonNumbers } from './non-numbers.ts';

it.each([
  ['[NaN,1]', '[null,1]', [1]],
  ['{"a":-Infinity,"b":[Infinity,NaN]}', '{"a":null,"b":[null,null]}', [5, 15, 20]],
  ['{"NaN":"NaN \\"Infinity\\" \\\\","b":NaN}', '{"NaN":"NaN \\"Infinity\\" \\\\","b":null}', [33]],
])('%s becomes %s', (text, mended, nulls) => {
  const result = withoutNonNumbers(Buffer.from(text));
  expect(result?.bytes.toString()).toBe(mended);
  expect(result?.nulls).toEqual(nulls);
});

it('leaves alone what is JSON, or broken in another way', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      expect(withoutNonNumbers(Buffer.from(text))).toBeUndefined();
    }),
    cases(500),
  );
  expect(withoutNonNumbers(Buffer.from('{"a": N, "b": "NaN'))).toBeUndefined();
});
