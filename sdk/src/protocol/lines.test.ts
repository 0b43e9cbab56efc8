import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type LineBatch, readLines } from './lines.ts';
import { LongLine, tooLongLine } from './long-line.ts';
import { MessageReader } from './message-reader.ts';

const LONGEST = 300_000;
const record = (data: unknown) =>
  `{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":${JSON.stringify(data)}}}`;

function pieces(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, k) =>
    bytes.subarray(k * size, (k + 1) * size),
  );
}

async function read(text: string, size: number): Promise<unknown[]> {
  const reader = new MessageReader();
  const found: unknown[] = [];
  for await (const batch of readLines(
    Readable.from(pieces(text, size)),
    LONGEST,
  ) as AsyncIterable<LineBatch>) {
    for (let k = 0; k < batch.ends.length; k++) {
      const line = reader.line(batch, k);
      if (line.kind === 'record') found.push(line.data.length);
      else if (line.kind === 'unreadable') found.push([line.line.length, line.lost, batch.cut]);
      else found.push(line.kind);
    }
  }
  return found;
}

const KEPT = 2 * 65_536;
const LOST = { records: 1, states: 0, streams: [{ name: 'a' }] };

test.each([1000, 65_536, 299_999, 5_000_000])(
  'of a line that is too long its ends are kept, in chunks of %i bytes, and the others are whole',
  async (size) => {
    const fits = record({ x: 'f'.repeat(LONGEST - record({ x: '' }).length) });
    expect(fits).toHaveLength(LONGEST);
    const sortedKeys = `{"record":{"data":{"x":"${'s'.repeat(LONGEST)}"},"emitted_at":1,"stream":"a"},"type":"RECORD"}`;
    const isInOneChunk = size > 2_000_000;
    const lines = [record({}), fits, `${record({ x: 'x'.repeat(LONGEST) })}`, sortedKeys, record({ y: 1 })];
    const long = isInOneChunk ? undefined : [KEPT, LOST, false];
    expect(await read(`${lines.join('\n')}\n`, size)).toEqual([
      2,
      fits.length - record({}).length + 2,
      // A line within one chunk needs no extra memory, so it is read.
      long ?? LONGEST + 8,
      long ?? LONGEST + 8,
      7,
    ]);
  },
);

test('a line without end is told at the end of the input', async () => {
  expect(await read(record({ x: 'x'.repeat(3 * LONGEST) }), 65_536)).toEqual([[KEPT, LOST, true]]);
  expect(await read('x'.repeat(3 * LONGEST), 65_536)).toEqual(['foreign']);
});

test('what begins like a message and does not say what it is may have been a record', () => {
  const line = new LongLine([Buffer.from(`{"data":"${'x'.repeat(200_000)}`)]);
  line.add(Buffer.from('xx"}'));
  expect(line.kept().subarray(-6).toString()).toBe('xxxx"}');
  expect(tooLongLine(line.kept(), 64 << 20)).toMatchObject({
    kind: 'unreadable',
    reason: 'a line longer than 64 MiB',
    lost: { records: 1, states: 0, streams: [] },
  });
  const log = Buffer.from(`{"type":"LOG","log":{"level":"INFO","message":"${'x'.repeat(1000)}`);
  expect(tooLongLine(log, 64 << 20)).toMatchObject({ kind: 'unreadable', lost: undefined });
});
