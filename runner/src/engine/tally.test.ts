import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { type Counter, createTally } from './tally.ts';

const record = (stream: string, data: unknown, namespace?: string) =>
  `{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},${namespace === undefined ? '' : `"namespace":${JSON.stringify(namespace)},`}"emitted_at":1700000000000,"data":${JSON.stringify(data)}}}`;

/** Runs chunks through a tally; what came out, and what was counted. */
function run(
  chunks: Buffer[],
  { trusted = true, longestLine }: { trusted?: boolean; longestLine?: number } = {},
) {
  const counters = new Map<string, Counter>();
  const seen: string[] = [];
  const tally = createTally(
    {
      counterOf(stream, namespace) {
        const key = namespace === undefined ? stream : `${namespace}.${stream}`;
        const counter = counters.get(key) ?? { records: 0, bytes: 0 };
        counters.set(key, counter);
        return counter;
      },
      onMessage(message) {
        const type = message.kind === 'state' ? 'STATE' : message.message.type;
        seen.push(`${type} after ${[...counters.values()].reduce((sum, { records }) => sum + records, 0)}`);
        return type === 'LOG' ? false : type === 'TRACE' ? Buffer.from('instead') : true;
      },
      onUnreadable: ({ lost }) => seen.push(`unreadable ${lost?.records} of ${lost?.streams[0]?.name}`),
      onForeign: ({ line }) => seen.push(`foreign ${line.toString()}`),
    },
    { trusted, longestLine },
  );
  const out = chunks.flatMap((chunk) => tally.take(chunk));
  const end = tally.end();
  const bytes = Buffer.concat([...out, ...end.rest]).toString();
  return {
    bytes,
    cut: end.cut,
    seen,
    counts: Object.fromEntries([...counters].map(([key, { records }]) => [key, records])),
    sizes: Object.fromEntries([...counters].map(([key, { bytes }]) => [key, bytes])),
  };
}

/** Random numbers that are the same every time (mulberry32). */
function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function chop(bytes: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Math.ceil(random() ** 3 * 400);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

const LINES = [
  record('issues', { id: 1, text: 'plain' }),
  record('issues', { id: 2, text: 'ümläut 🙂 \u2028 "quoted" \\ "emitted_at":' }),
  record('a"b\\c 🙂', { id: 3 }, 'name"space'),
  record('issues', { id: 4, nested: { type: 'STATE', record: { stream: 'x' } }, long: 'x'.repeat(900) }),
  '{"type":"LOG","log":{"level":"INFO","message":"hello"}}',
  '{"type": "RECORD", "record": {"stream": "spaced", "data": {"id": 5}, "emitted_at": 1}}',
  '{"record":{"data":{},"stream":"issues","emitted_at":1},"type":"RECORD"}',
  '{"type":"RECORD","record":{"stream":"meta","emitted_at":1,"meta":{"changes":[]},"data":{}}}',
  '{"type":"RECORD","record":{"stream":"nul","namespace":null,"emitted_at":1,"data":{}}}',
  '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"issues"},"stream_state":{}}}}',
  'Traceback: not a message',
  '',
];
const COUNTS = { issues: 4, 'name"space.a"b\\c 🙂': 1, spaced: 1, meta: 1, nul: 1 };

describe('the tally', () => {
  const text = `${LINES.join('\n')}\n`;
  const passedOn = LINES.filter((line) => line.startsWith('{') && !line.includes('"LOG"'))
    .map((line) => `${line}\n`)
    .join('');

  test('counts per stream, passes whole lines on as they are, and leaves out what is not for the destination', () => {
    const ran = run([Buffer.from(text)]);
    expect(ran.counts).toEqual(COUNTS);
    expect(ran.bytes).toBe(passedOn);
    expect(ran.seen).toEqual(['LOG after 4', 'STATE after 8', 'foreign Traceback: not a message']);
    expect(ran.cut).toBe(false);
    expect(ran.sizes.spaced).toBe(Buffer.byteLength(LINES[5] as string) + 1);
  });

  test('says the same however the bytes are cut into chunks', () => {
    const random = randomFrom(7);
    const whole = run([Buffer.from(text.repeat(3))]);
    for (let k = 0; k < 300; k++) {
      const cut = run(chop(Buffer.from(text.repeat(3)), random));
      expect(cut).toEqual(whole);
    }
  });

  test('counts the same on its fast path as the reader that scans every line', () => {
    const random = randomFrom(11);
    const streams = ['a', 'b"', 'ç', 'a'.repeat(3000)];
    const lines = Array.from({ length: 2000 }, () => ({
      stream: streams[Math.floor(random() * 4)] as string,
      fast: random() < 0.7,
    }));
    const bytes = lines
      .map(({ stream, fast }) =>
        fast
          ? record(stream, { n: random() })
          : JSON.stringify({ record: { data: {}, stream, emitted_at: 1 }, type: 'RECORD' }),
      )
      .join('\n');
    const expected: Record<string, number> = {};
    for (const { stream } of lines) expected[stream] = (expected[stream] ?? 0) + 1;
    expect(run(chop(Buffer.from(bytes), random)).counts).toEqual(expected);
  });

  test('a line that begins like a record and does not end like one cannot be read', () => {
    const ran = run([Buffer.from(`${record('a', { id: 1 }).slice(0, -2)}\n`)]);
    expect([ran.counts, ran.seen, ran.bytes]).toEqual([{}, ['unreadable 1 of a'], '']);
  });

  test('of a source of others every record is looked at', () => {
    const good = record('a', { id: 1 });
    const bad = good.replace('"id":1', '"id":NaN');
    const ran = run([Buffer.from(`${good}\n${bad}\n${good}\n`)], { trusted: false });
    expect([ran.counts, ran.seen, ran.bytes]).toEqual([
      { a: 2 },
      ['unreadable 1 of a'],
      `${good}\n${good}\n`,
    ]);
  });

  test('a byte order mark does not go on; messages on one line go on as one each; one may go in the place of another', () => {
    const one = record('a', { id: 1 });
    const log = '{"type":"LOG","log":{"level":"INFO","message":"m"}}';
    const trace = '{"type":"TRACE","trace":{"type":"NEW"}}';
    const other = one.replace('"a"', '"b"');
    const ran = run([Buffer.from(`\ufeff${one}\n${other}${log} ${one}${trace}\n${one}`)], { trusted: false });
    expect(ran.counts).toEqual({ a: 3, b: 1 });
    expect(ran.bytes).toBe(`${one}\n${other}\n${one}\ninstead\n${one}\n`);
  });

  test('a last line without a newline: whole, it is counted and passed on; cut, it is neither', () => {
    const whole = run([Buffer.from(record('a', { id: 1 }))]);
    expect([whole.counts, whole.bytes, whole.cut]).toEqual([{ a: 1 }, `${record('a', { id: 1 })}\n`, false]);
    const cut = run([Buffer.from(`${record('a', { id: 1 })}\n${record('a', { id: 2 }).slice(0, 60)}`)]);
    expect([cut.counts, cut.bytes, cut.cut]).toEqual([{ a: 1 }, `${record('a', { id: 1 })}\n`, true]);
  });

  test('what it holds of a line is bounded: a longer one is told by its beginning and its end, and the others go on', () => {
    const endless = Array.from({ length: 10 }, () => Buffer.alloc(1000, 'x'));
    const long = Buffer.from(`${record('a', { text: 'x'.repeat(6000) })}\n`);
    const after = Buffer.from(`${record('a', { id: 1 })}\n`);
    const chunks = [
      long.subarray(0, 3000),
      long.subarray(3000, 6000),
      Buffer.concat([long.subarray(6000), after]),
    ];
    const ran = run([...chunks, ...endless], { longestLine: 5000 });
    expect(ran).toMatchObject({ counts: { a: 1 }, bytes: after.toString(), cut: true });
    expect(ran.seen).toEqual(['unreadable 1 of a', `foreign ${'x'.repeat(10_000)}`]);
    const fits = Buffer.from(`${record('a', { text: 'x'.repeat(4000) })}\n`);
    expect(run([fits.subarray(0, 2000), fits.subarray(2000)], { longestLine: 5000 }).counts).toEqual({
      a: 1,
    });
  });
});
