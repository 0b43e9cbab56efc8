import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { MessageReader } from './message-reader.ts';
import { tooMuch } from './too-much.ts';

const nested = (levels: number) => Buffer.from(`${'['.repeat(levels)}${']'.repeat(levels)}`);

test('what is nested too deep, or holds too many objects and lists, is not to be parsed', () => {
  expect(tooMuch(nested(1000))).toBeUndefined();
  expect(tooMuch(nested(1001))).toBe('it is nested deeper than 1000 levels');
  expect(tooMuch(Buffer.from(`[${'{},'.repeat(4_000_000)}1]`))).toContain('4 million');
  const many = { containers: 3 };
  expect(tooMuch(Buffer.from('[{},[]]'), many)).toBeUndefined();
  expect(tooMuch(Buffer.from('[{},[],{}]'), many)).toContain('objects and lists');
  // Brackets in strings don't count.
  expect(tooMuch(Buffer.from(`["${'['.repeat(5000)}", "\\"[[[[", "\\\\"]`), many)).toBeUndefined();
});

test('a message of that kind is unreadable; a record keeps its depth, for its data is never parsed', () => {
  const deep = nested(1001).toString();
  const read = (text: string) => {
    const line = Buffer.from(text);
    return new MessageReader().read(line, 0, line.length);
  };
  expect(read(`{"type":"SPEC","spec":{"connectionSpecification":{"a":${deep}}}}`)).toMatchObject({
    kind: 'unreadable',
    reason: 'it is nested deeper than 1000 levels',
    lost: undefined,
  });
  expect(read(`{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":{"a":${deep}}}}`).kind).toBe(
    'record',
  );
});
