import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases, jsonText, LONG, LONG_STRING, objectText } from './fuzz.test-support.ts';
import { InvalidJsonError, passed, skipValue } from './json-bytes.ts';
import { JsonText } from './json-text.ts';
import { type InputLine, MessageReader } from './message-reader.ts';
import { recordHead } from './message-writer.ts';
import { walkMemory, walkOf } from './walk-memory.ts';

const memory = walkMemory(1 << 20);
const walk = walkOf(memory.buffer)!;
const counted = { yes: 0, no: 0 };

/** The result of the walk in json-bytes.ts: 0 if it throws or has passed a line break. */
function judged(text: JsonText): number {
  passed.lineBreak = false;
  try {
    const behind = skipValue(text.bytes, text.words, text.start, text.end, text.lastQuote);
    return passed.lineBreak ? 0 : behind;
  } catch (error) {
    if (!(error instanceof InvalidJsonError)) throw error;
    return 0;
  }
}

/** Places bytes in the memory at a different alignment each time, followed by other bytes that must not matter. */
function place(bytes: Uint8Array): { start: number; end: number } {
  const total = counted.yes + counted.no;
  const start = 64 + (total % 17);
  const behind = ['', '"', '}}', '"}]', '1', '\\"', ' "]'][total % 7]!;
  memory.set(bytes, start);
  memory.fill(0x0a, start + bytes.length, start + bytes.length + 64);
  memory.write(behind, start + bytes.length);
  return { start, end: start + bytes.length };
}

function compare(bytes: Uint8Array): void {
  const { start, end } = place(bytes);
  const text = new JsonText();
  try {
    text.open(memory, start, end);
  } catch (error) {
    if (!(error instanceof InvalidJsonError)) throw error;
    return;
  }
  if (!text.isContainer) return;
  const wanted = judged(text);
  counted[wanted > 0 ? 'yes' : 'no']++;
  const found = walk.skipValue(text.start, text.end);
  if (found !== wanted)
    expect({ text: Buffer.from(bytes).toString('latin1'), start, found }).toStrictEqual({ found: wanted });
}

const BYTES = Buffer.from('"\\{}[],:0-19.eE+ \n\t\r\0u/tfnalsx\x1f\x7f\x80\xa0\xff', 'latin1');
const SAMPLE = {
  a: { b: [1, -2.5e10, 0, true, false, null, '\u2028\n\\"x\u0001', '🚀 größer'], '': {} },
  c: [],
  d: [[{}, [{ e: 'a string long enough for several times sixteen bytes' }]], 0.5],
};

test.each([JSON.stringify(SAMPLE), JSON.stringify(SAMPLE, null, '\t').replaceAll('\n', ' ')])(
  'says yes exactly where the other walk does: cut, with any byte left out, put in or exchanged',
  (sample) => {
    const whole = Buffer.from(sample);
    for (let i = 0; i <= whole.length; i++) {
      compare(whole.subarray(0, i));
      compare(whole.subarray(i));
      compare(Buffer.concat([whole.subarray(0, i), whole.subarray(i + 1)]));
      for (const byte of BYTES) {
        const longer = Buffer.concat([whole.subarray(0, i), Buffer.of(byte), whole.subarray(i)]);
        compare(longer);
        compare(Buffer.concat([longer.subarray(0, i + 1), whole.subarray(i + 1)]));
      }
    }
    expect(counted.yes).toBeGreaterThan(1000);
    expect(counted.no).toBeGreaterThan(1000);
  },
);

test('and of random texts, with bits flipped, and made of few bytes', { timeout: LONG }, () => {
  const flipped = fc.property(jsonText, fc.nat(), fc.nat(7), (text, offset, bit) => {
    const bytes = Buffer.from(text);
    compare(bytes);
    const at = offset % bytes.length;
    bytes[at] = bytes[at]! ^ (1 << bit);
    compare(bytes);
  });
  fc.assert(flipped, cases(6000));
  const few = fc.array(fc.constantFrom(...BYTES), { maxLength: 9 }).map((list) => Buffer.from(list));
  const around = fc.property(few, (bytes) => {
    for (const [before, after] of [
      ['{"a":', '}'],
      ['["', '"]'],
      ['{"', '":[]}'],
      ['[1,', ']'],
    ] as const)
      compare(Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]));
  });
  fc.assert(around, cases(6000));
});

test('what is nested deeper than its stack is left to the other walk', () => {
  // The innermost one is empty and needs no stack.
  for (const depth of [1, 1025, 1026, 3000]) {
    const { start, end } = place(Buffer.from('['.repeat(depth) + ']'.repeat(depth)));
    expect(walk.skipValue(memory.byteOffset + start, memory.byteOffset + end)).toBe(
      depth <= 1025 ? memory.byteOffset + end : 0,
    );
  }
});

test('of two long texts each is walked as itself, though one copy is there at a time', () => {
  const long = [LONG_STRING, [1, [2]]];
  const texts = [JSON.stringify([long, long]), JSON.stringify(long)].map((text) => {
    const opened = new JsonText();
    opened.open(Buffer.from(text), 0, text.length);
    return opened;
  });
  for (const text of [...texts, ...texts]) expect(text.skipValue(text.start)).toBe(text.end);
});

test('a message is the same whatever memory its line stands in', { timeout: LONG }, () => {
  const inWalkMemory = new MessageReader();
  const elsewhere = new MessageReader();
  let records = 0;
  const lines = fc.array(
    fc.record({
      stream: fc.constantFrom('issues', 'users'),
      emittedAt: fc.constantFrom(1_790_000_000_000, 1_790_000_000_001),
      data: fc.oneof({ weight: 3, arbitrary: objectText }, jsonText),
      at: fc.option(fc.nat(), { freq: 3, nil: undefined }),
      byte: fc.constantFrom(...BYTES),
    }),
    { minLength: 1, maxLength: 8 },
  );
  const property = fc.property(lines, (all) => {
    for (const { stream, emittedAt, data, at, byte } of all) {
      const line = Buffer.concat([
        recordHead(stream, undefined, emittedAt),
        Buffer.from(`${data.replaceAll('\n', ' ')}}}`),
      ]);
      if (at !== undefined) line[at % line.length] = byte;
      const { start, end } = place(line);
      counted.yes++;
      const wanted = elsewhere.read(Buffer.from(line), 0, line.length);
      const found = inWalkMemory.read(memory, start, end);
      if (wanted.kind === 'record') records++;
      expect(plain(found)).toStrictEqual(plain(wanted));
    }
  });
  const { numRuns } = cases(2000);
  fc.assert(property, { numRuns });
  expect(records).toBeGreaterThan(numRuns);
});

function plain(line: InputLine): unknown {
  if (line.kind === 'several') return line.parts.map(String);
  if (line.kind === 'state') return line.state.bytes.toString('latin1');
  if (line.kind !== 'record') return { ...line, line: line.line.toString('latin1') };
  const { stream, namespace, emittedAt, isObject, isEmpty, data, meta } = line;
  return { stream, namespace, emittedAt, isObject, isEmpty, meta, data: data.toString('latin1') };
}
