import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cases, embed, jsonText, LONG, lengthened, someOf } from './fuzz.test-support.ts';
import { InvalidJsonError } from './json-bytes.ts';
import { Selection } from './selection.ts';

const nothing = new Selection({});
/** A selection has its own code for walking objects; both must agree. */
const something = new Selection({ fields: { b: 'a.b', c: 'c' }, record: { x: 'x.y' }, records: 'r.s.t' });

function accepts(selection: Selection, bytes: Uint8Array, start: number, end: number): boolean {
  try {
    selection.scan(bytes, start, end);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidJsonError)) throw error;
    return false;
  }
}

/** JSON.parse's verdict; as Latin-1, so that no byte is rejected for invalid UTF-8. */
function parses(text: Buffer): boolean {
  try {
    JSON.parse(text.toString('latin1'));
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

let count = 0;
const counted = { accepted: 0, refused: 0 };

function compare(text: Buffer): void {
  compareOne(text);
  if (count % 2 === 0) compareOne(lengthened(text));
}

function compareOne(text: Buffer): void {
  const wanted = parses(text);
  counted[wanted ? 'accepted' : 'refused']++;
  // A different alignment and different bytes after the text in every case.
  count++;
  const behind = [[], [0x0a], [0x22, 0x7d], [0x7d, 0x7d, 0x7d], [0x31], [0x5c], [0x20, 0x22, 0x5d]][
    count % 7
  ]!;
  const { bytes, start, end } = embed(text, count % 4, Uint8Array.from(behind));
  const found = [accepts(nothing, bytes, start, end), accepts(something, bytes, start, end)];
  if (found[0] !== wanted || found[1] !== wanted) {
    expect({ text: text.toString('latin1'), start, behind, found }).toStrictEqual({
      found: [wanted, wanted],
    });
  }
}

const SAMPLE = {
  a: { b: [1, -2.5e10, 0, true, false, null, '\u2028\n\\"x\u0001', '🚀 größer'], '': {} },
  c: [],
  d: [[{}, [{ e: 'a string long enough for several words' }]], 0.5],
};
/** Bytes with a meaning in JSON, and some without. */
const BYTES = Buffer.from('"\\{}[],:0-19.eE+ \n\t\r\0u/tfnalsx\x1f\x7f\x80\xa0\xff', 'latin1');

describe('a text is accepted exactly when JSON.parse accepts it', () => {
  test.each([JSON.stringify(SAMPLE), JSON.stringify(SAMPLE, null, 2).replaceAll('\n', '\r\n')])(
    'cut, with any byte left out, put in or exchanged at every offset',
    (text) => {
      const sample = Buffer.from(text);
      for (let i = 0; i <= sample.length; i++) {
        compare(sample.subarray(0, i));
        compare(sample.subarray(i));
        compare(Buffer.concat([sample.subarray(0, i), sample.subarray(i + 1)]));
        // A short run tries different bytes at each offset.
        for (const byte of someOf(BYTES.subarray(i % 5))) {
          const mutated = Buffer.concat([sample.subarray(0, i), Buffer.of(byte), sample.subarray(i)]);
          compare(mutated);
          compare(Buffer.concat([mutated.subarray(0, i + 1), sample.subarray(i + 1)]));
        }
      }
      expect(counted.accepted).toBeGreaterThan(500);
      expect(counted.refused).toBeGreaterThan(500);
    },
  );

  test('with bits flipped in random texts', { timeout: LONG }, () => {
    const property = fc.property(jsonText, fc.nat(), fc.nat(7), (text, offset, bit) => {
      const bytes = Buffer.from(text);
      compare(bytes);
      const at = offset % bytes.length;
      bytes[at] = bytes[at]! ^ (1 << bit);
      compare(bytes);
    });
    fc.assert(property, cases(6000));
  });

  test('made of a few bytes that mean something', { timeout: LONG }, () => {
    const bytes = fc.array(fc.constantFrom(...BYTES), { maxLength: 9 }).map((list) => Buffer.from(list));
    const property = fc.property(bytes, (few) => {
      compare(few);
      compare(Buffer.concat([Buffer.from('{"a":'), few, Buffer.from('}')]));
      compare(Buffer.concat([Buffer.from('["'), few, Buffer.from('"]')]));
      compare(Buffer.concat([Buffer.from('{"'), few, Buffer.from('":[]}')]));
      compare(Buffer.concat([Buffer.from('[1,'), few, Buffer.from(']')]));
    });
    fc.assert(property, cases(6000));
  });
});

test('a long text is judged alike wherever it stands in its buffer: what the copy cannot say is asked again', () => {
  const deep = '['.repeat(3000) + ']'.repeat(3000);
  for (const before of [0, 1 << 16, (1 << 17) + 1]) {
    for (const text of [deep, '{"a":\r\n1}', '{"a":1,}', '[nul]', '{"b":[1]}']) {
      const long = lengthened(Buffer.from(text));
      const { bytes, start, end } = embed(long, before, Uint8Array.of(0x7d, 0x7d));
      const found = [accepts(nothing, bytes, start, end), accepts(something, bytes, start, end)];
      expect({ before, text, found }).toEqual({ before, text, found: [parses(long), parses(long)] });
    }
  }
});

test('the error says where, counted from the start of the text', () => {
  const scan = (text: string, before = 0) => {
    const { bytes, start, end } = embed(Buffer.from(text), before, Uint8Array.of(0x7d));
    return () => nothing.scan(bytes, start, end);
  };
  for (const before of [0, 1, 6]) {
    expect(scan('{"a":1,}', before)).toThrow(new InvalidJsonError(7, 'a key is missing'));
    expect(scan('[1,2', before)).toThrow(new InvalidJsonError(4, 'it does not end with } or ]'));
    expect(scan('["a\u0001"]', before)).toThrow(new InvalidJsonError(3, 'a control character in a string'));
    expect(scan('["\\x"]', before)).toThrow(new InvalidJsonError(2, 'an unknown escape'));
    expect(scan('[[]', before)).toThrow(new InvalidJsonError(3, 'it ends too early'));
    expect(scan('[] []', before)).toThrow(new InvalidJsonError(2, 'something follows the value'));
    expect(scan('[nul]', before)).toThrow(new InvalidJsonError(1, 'a JSON value is missing'));
    expect(scan('["a]', before)).toThrow(new InvalidJsonError(4, 'it ends inside a string'));
    expect(scan(' \n', before)).toThrow('nothing but white space');
  }
});
