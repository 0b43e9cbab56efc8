import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerptOf, type UnreadableLine } from './broken-line.ts';
import { cases, jsonText, LONG, minified, objectText } from './fuzz.test-support.ts';
import { readChunks, readLines } from './lines.ts';
import { type InputLine, MessageReader } from './message-reader.ts';
import { recordHead } from './message-writer.ts';

const NEWLINE = Buffer.from('\n');

/** Everything that a reader finds in a stream that arrives in these chunks. */
async function readAll(chunks: readonly Buffer[], reader = new MessageReader()): Promise<InputLine[]> {
  const found: InputLine[] = [];
  for await (const batch of readLines(Readable.from(chunks))) {
    for (let k = 0; k < batch.ends.length; k++) found.push(reader.line(batch, k));
  }
  return found;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** A line as plain values, to compare. */
function plain(line: InputLine): unknown {
  if (line.kind === 'record') {
    const { stream, namespace, emittedAt, isObject, isEmpty, data, meta } = line;
    return {
      kind: line.kind,
      stream,
      namespace,
      emittedAt,
      isObject,
      isEmpty,
      data: text(data),
      meta: meta && text(meta),
    };
  }
  if (line.kind === 'several') return { kind: line.kind, parts: line.parts.map(text) };
  if (line.kind === 'state') return { kind: line.kind, line: text(line.state.bytes) };
  return { ...line, line: text(line.line) };
}

interface Wanted {
  line: string;
  stream: string;
  namespace: string | undefined;
  emittedAt: number | undefined;
  data: string;
}

const name = fc.constantFrom('issues', 'users', 'größe', 'a"b', '\u2028', '');
const single = jsonText.map((value) => value.replace(/[\r\n]/g, ' '));
const singleObject = objectText.map((value) => value.replace(/[\r\n]/g, ' '));

/** A record line with its members in any order, nulls, unknown members, and white space of any kind. */
const recordLine: fc.Arbitrary<Wanted> = fc
  .record({
    stream: name,
    namespace: fc.constantFrom(undefined, null, '', 'acme', 'ns"'),
    emittedAt: fc.constantFrom(undefined, '1790000000123', '1790000000.5', '1.79e12', '9e15', 'null', '"x"'),
    data: fc.oneof({ weight: 4, arbitrary: singleObject }, single),
    extra: fc.subarray(['"file_reference":null', '"meta":null', '"x":[{"data":1}]', '"type":"STATE"']),
    siblings: fc.subarray(['"state":null', '"log":null', '"trace":{"stream":"no"}', '"stream":"no"']),
    order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    space: fc.constantFrom('', ' ', '\t'),
    end: fc.constantFrom('', '\r', ' ', '  \r'),
  })
  .map(({ stream, namespace, emittedAt, data, extra, siblings, order, space, end }) => {
    const shuffled = (members: string[]) =>
      members
        .map((member, i) => ({ member, at: order[i % order.length]! }))
        .sort((a, b) => a.at - b.at)
        .map(({ member }) => `${space}${member}`)
        .join(`,${space}`);
    const inner = [`"stream":${JSON.stringify(stream)}`, `"data":${space}${data}${space}`, ...extra];
    if (namespace !== undefined) inner.push(`"namespace":${JSON.stringify(namespace)}`);
    if (emittedAt !== undefined) inner.push(`"emitted_at":${emittedAt}`);
    const line = `{${shuffled(['"type":"RECORD"', `"record":{${shuffled(inner)}}`, ...siblings])}}${end}`;
    const at = emittedAt === undefined ? undefined : (JSON.parse(emittedAt) as unknown);
    return {
      line,
      stream,
      namespace: namespace || undefined,
      // Whole milliseconds: fractions are cut off, and values that no Date can represent are dropped.
      emittedAt: typeof at === 'number' && at < 9e15 ? Math.floor(at) : undefined,
      data: data.trim(),
    };
  });

function expectRecord(found: InputLine | undefined, wanted: Wanted): void {
  if (found?.kind !== 'record') {
    expect({ found, line: wanted.line }).toBe('a record');
    return;
  }
  expect(text(found.data)).toBe(wanted.data);
  const { stream, namespace, emittedAt, isObject } = found;
  expect({ stream, namespace, emittedAt, isObject }).toStrictEqual({
    stream: wanted.stream,
    namespace: wanted.namespace,
    emittedAt: wanted.emittedAt,
    isObject: wanted.data.startsWith('{'),
  });
}

describe('records', () => {
  test('with members in any order, in chunks cut anywhere', { timeout: LONG }, async () => {
    const property = fc.asyncProperty(
      fc.array(recordLine, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (wanted, sizes, closed) => {
        const bytes = Buffer.from(wanted.map(({ line }) => line).join('\n') + (closed ? '\n' : ''));
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
          chunks.push(bytes.subarray(at, at + sizes[i % sizes.length]!));
        }
        const found = await readAll(whole(bytes, chunks));
        expect(found.length).toBe(wanted.length);
        for (const [i, one] of wanted.entries()) expectRecord(found[i], one);
      },
    );
    await fc.assert(property, cases(2500));
  });

  /** The chunks, or the whole text as one if they do not add up to it (sizes are drawn one ahead). */
  function whole(bytes: Buffer, chunks: Buffer[]): Buffer[] {
    return Buffer.concat(chunks).equals(bytes) ? chunks : [bytes];
  }

  test('cut at every position of a stream', async () => {
    const head = text(recordHead('issues', 'acme', 1_790_000_000_000));
    const lines = [
      `${head}{"a":"\u2028🚀\\n"}}}`,
      '{"type":"STATE","state":{"data":{}}}\r',
      '',
      'noise',
      `${head}{}}}`,
    ];
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    const wanted = (await readAll([bytes])).map(plain);
    expect(wanted.map((line) => (line as InputLine).kind)).toStrictEqual([
      'record',
      'state',
      'blank',
      'foreign',
      'record',
    ]);
    for (let i = 0; i <= bytes.length; i++) {
      expect((await readAll([bytes.subarray(0, i), bytes.subarray(i)])).map(plain)).toStrictEqual(wanted);
    }
    expect((await readAll([...bytes].map((byte) => Buffer.of(byte)))).map(plain)).toStrictEqual(wanted);
  });

  test('in runs with the same head are read as each on its own', { timeout: LONG }, async () => {
    const heads = [
      text(recordHead('issues', undefined, 1_790_000_000_000)),
      text(recordHead('issues', undefined, 1_790_000_000_001)),
      text(
        recordHead('issues', 'ns', 1, [{ field: 'a', change: 'NULLED', reason: 'SOURCE_RETRIEVAL_ERROR' }]),
      ),
      '{"type": "RECORD", "record": {"stream": "issues", "data":1, "data": ',
      '{"type":"LOG","record":{"stream":"issues","data":',
    ];
    const tail = fc.constantFrom(
      '}}',
      '}} ',
      '}}\r',
      '}',
      '}}}',
      ',"emitted_at":5}}',
      '},"type":"STATE"}',
      '',
    );
    const line = fc
      .tuple(
        fc.constantFrom(...heads),
        fc.oneof(singleObject, single, fc.constantFrom('', '{', '"', '}')),
        tail,
      )
      .map((parts) => parts.join(''));
    const property = fc.property(fc.array(line, { minLength: 2, maxLength: 8 }), (lines) => {
      const reader = new MessageReader();
      const bytes = Buffer.from(lines.join('\n'));
      let start = 0;
      for (const one of lines) {
        const end = start + Buffer.byteLength(one);
        expect(plain(reader.read(bytes, start, end))).toStrictEqual(
          plain(new MessageReader().read(bytes, start, end)),
        );
        start = end + 1;
      }
    });
    fc.assert(property, cases(4000));
  });

  test('what is no JSON cannot be read, exactly where JSON.parse says so', { timeout: LONG }, () => {
    const reader = new MessageReader();
    const property = fc.property(recordLine, fc.nat(), fc.nat(7), ({ line }, offset, bit) => {
      const bytes = Buffer.from(line);
      const at = offset % bytes.length;
      bytes[at] = bytes[at]! ^ (1 << bit);
      const found = reader.read(bytes, 0, bytes.length);
      let valid = true;
      try {
        JSON.parse(bytes.toString('latin1'));
      } catch {
        valid = false;
      }
      if (!valid) expect(['foreign', 'unreadable']).toContain(found.kind);
      else if (found.kind === 'record')
        expect(minified(text(found.data))).toBe(minified(text(found.data).trim()));
    });
    fc.assert(property, cases(4000));
  });

  test('longer than a chunk', async () => {
    const data = JSON.stringify({ text: '構成 "x" \\ '.repeat(200_000) });
    const bytes = Buffer.from(`${text(recordHead('issues', undefined, 5))}${data}}}\n`);
    expect(bytes.length).toBeGreaterThan(3 << 20);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 65_536) chunks.push(bytes.subarray(at, at + 65_536));
    const [found, ...more] = await readAll([...chunks, ...chunks]);
    expect(found?.kind === 'record' && text(found.data) === data).toBe(true);
    expect(more.map(plain)).toStrictEqual([plain(found!)]);
  });

  test('whose data hold raw returns are put on one line', () => {
    const bytes = Buffer.from('{"type":"RECORD","record":{"stream":"s","data":{\r"a" : "b c"\r}}}');
    expect(plain(new MessageReader().read(bytes, 0, bytes.length))).toMatchObject({ data: '{"a":"b c"}' });
  });

  test('keep their bytes where they are not UTF-8', () => {
    const bytes = Buffer.from(
      '{"type":"RECORD","record":{"stream":"s\xff","data":{"a":"\xc3(\xff"}}}',
      'latin1',
    );
    const found = new MessageReader().read(bytes, 0, bytes.length);
    if (found.kind !== 'record') throw new Error('a record was expected');
    expect(found.stream).toBe('s\ufffd');
    expect(Buffer.from(found.data).toString('latin1')).toBe('{"a":"\xc3(\xff"}');
  });

  test('stay as they are while other lines are read', async () => {
    const head = text(
      recordHead('s', undefined, 5, [{ field: 'a', change: 'NULLED', reason: 'SOURCE_RETRIEVAL_ERROR' }]),
    );
    const lines = Array.from({ length: 50 }, (_, i) => `${head}{"i":${i}}}}`);
    const found = await readAll([Buffer.concat([Buffer.from(lines.join('\n')), NEWLINE])]);
    found.forEach((line, i) => {
      expect(plain(line)).toMatchObject({
        data: `{"i":${i}}`,
        meta: expect.stringContaining('NULLED'),
      });
    });
  });
});

describe('other lines', () => {
  const read = (line: string) => new MessageReader().read(Buffer.from(line), 0, Buffer.byteLength(line));

  test('messages come parsed, with their bytes', () => {
    const line = '{"trace":{"type":"NEW","id":7},"record":null,"type":"TRACE"}';
    expect(plain(read(line))).toStrictEqual({ kind: 'message', message: JSON.parse(line), line });
    const state = '{"state":{"data":{"n":1.0}},"record":null,"type":"STATE"}';
    expect(plain(read(state))).toStrictEqual({ kind: 'state', line: state });
    const unknown = read('{"type":"NEW"}');
    expect(unknown).toMatchObject({ kind: 'message', message: { type: 'NEW' } });
  });

  test.each([
    ['{"level":30}', 'JSON, but not a message: it has no type'],
    ['{"type":7}', 'JSON, but not a message: its type is not a string'],
    ['[]', 'JSON, but not a message: it has no type'],
    ['7', 'JSON, but not a message: it has no type'],
    ['Hello', 'not valid JSON at byte 0: a JSON value is missing'],
    [
      'resumes with [{"type": "STREAM", "stream_state": {"at": 1}}]',
      expect.stringContaining('not valid JSON'),
    ],
  ])('%s is foreign', (line, reason) => {
    expect(plain(read(line))).toEqual({ kind: 'foreign', line, reason });
  });

  test('a byte order mark is skipped, wherever a line begins', () => {
    const record = '{"type":"RECORD","record":{"stream":"s","data":{"id":1}}}';
    expect(plain(read(`\ufeff${record}`))).toStrictEqual(plain(read(record)));
    expect(read('\ufeff').kind).toBe('blank');
    expect(read('\ufeffHello').kind).toBe('foreign');
  });

  test('whole messages on one line are as many', () => {
    const record = (id: number) => `{"type":"RECORD","record":{"stream":"s","data":{"id":${id}}}}`;
    const log = '{"type":"LOG","log":{"level":"INFO","message":"{\\"type\\":\\"RECORD\\"}"}}';
    for (const between of ['', ' ', '\r', '\t ']) {
      const parts = [record(1), log, record(2)];
      expect(plain(read(parts.join(between)))).toEqual({ kind: 'several', parts });
    }
  });
});

describe('a line that cannot be read', () => {
  const read = (line: string) => new MessageReader().read(Buffer.from(line), 0, Buffer.byteLength(line));
  const s = [{ name: 's' }];
  const head = '{"type": "RECORD", "record": {"stream": "s", ';

  test.each<[string, number, object[]]>([
    [`${head}"data": {"v": NaN}, "emitted_at": 1}}`, 1, s],
    [
      `${head}"data": {"v": -Infinity}, "namespace": "n", "emitted_at": 1}}`,
      1,
      [{ name: 's', namespace: 'n' }],
    ],
    [`${head}"data": {"text": "cut`, 1, s],
    [`${head}"da`, 1, s],
    ['{"type":"RECORD","rec', 1, []],
    ['{"type":"REC', 1, []],
    [`DEBUG sends ${head}"data": {}}}`, 1, s],
    [`${head}"data": {}}}INFO done`, 1, s],
    [`${head}"data": {}}}{"type":"LOG","log":{"level":"INF`, 1, s],
    [`${head}${head}"data": {}}}`, 2, s],
    ['{"type":"RECORD","record":{"stream":"s","data":{]}}', 1, s],
    ['{"type":"R\\u0045CORD","record":{"stream":"s","data":{}}}', 1, s],
    ['{"\\u0074ype":"RECORD","record":{"stream":"s","data":{"v":NaN}}}', 1, s],
    ['{"record":{"stream":"s","data":{},"emitted_at":1}}', 1, s],
    ['{"type":"record","record":{"stream":"s","data":{},"emitted_at":1}}', 1, s],
    ['{"record":{"stream":"s","data":{}},"type":" Record"}', 1, s],
    ['tream":"s","data":{"id":1},"emitted_at":1764540000000}}', 1, []],
    ['{"type":"RECORD","record":{"data":{}}}', 1, []],
    ['{"type":"RECORD","record":{"stream":7,"data":{}}}', 1, []],
    ['{"type":"RECORD","record":{"stream":"s"}}', 1, s],
    ['{"type":"RECORD","record":null}', 1, []],
    ['{"type": "RECORD", "stream": "s", "record": {"id": 1}}', 1, s],
    ["{'type': 'RECORD', 'record': {'stream': 's', 'data': {'v': None}}}", 1, s],
    [[...`${head}"data": {}}}`].map((letter) => `${letter}\0`).join(''), 1, s],
  ])('with records of a stream in it: %s', (line, records, streams) => {
    expect(read(line)).toMatchObject({ kind: 'unreadable', lost: { records, states: 0, streams } });
  });

  const descriptor = '"stream_descriptor":{"name":"s","namespace":"n"}';
  test.each<[string, object[]]>([
    [
      `{"type":"STATE","state":{"type":"STREAM","stream":{${descriptor},"stream_state":{"at":NaN}}}}`,
      [{ name: 's', namespace: 'n' }],
    ],
    [
      `{"type":"STATE","state":{"type":"STREAM","stream":{${descriptor},"stream_st`,
      [{ name: 's', namespace: 'n' }],
    ],
    [
      `{"state":{"type":"STREAM","stream":{${descriptor},"stream_state":{}}}}`,
      [{ name: 's', namespace: 'n' }],
    ],
    ['{"type":"STATE"}', []],
    [`{"type":"state","state":{"type":"STREAM","stream":{${descriptor}}}}`, [{ name: 's', namespace: 'n' }]],
    ['{"type":"STATE","state":null}', []],
    ['{"type":"STATE","state":{}}', []],
    ['{"type":"STATE","state":{"type":"STREAM"}}', []],
    ['{"type":"STATE","state":{"type":"STREAM","stream":{"stream_state":{"a":1}}}}', []],
    ['{"type":"STATE","state":{"type":"GLOBAL"}}', []],
    ['{"type":"STA', []],
  ])('with a state in it: %s', (line, streams) => {
    expect(read(line)).toMatchObject({ kind: 'unreadable', lost: { records: 0, states: 1, streams } });
  });

  test.each([
    '{"type":"LOG"}',
    '{"type":"LOG","log":"text"}',
    '{"type":"LOG","log":{"level":"INFO","message":"\\x"}}',
    '{"type":"LOG","log":{"level":"INFO","message":"{\\"type\\":\\"RECORD\\"',
    '{"type":"TRACE"}',
    '{"type":"TRACE","trace":{"type":"ST',
    '{"type":"TRACE","trace":{"type":"STREAM_STATUS"}}',
    '{"type":"TRACE","trace":{"type":"STREAM_STATUS","stream_status":{"stream_descriptor":{},"status":"STARTED"}}}',
    '{"type":"TRACE","trace":{"type":"STREAM_STATUS","stream_status":{"stream_descriptor":{"name":"s"},"status":"DONE"}}}',
    '{"type":"TRACE","trace":{"type":"ESTIMATE"}}',
    '{"type":"TRACE","trace":{"type":"ERROR"}}',
    '{"type":"TRACE","trace":{"type":"ANALYTICS"}}',
    '{"type":"CONTROL"}',
    '{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","connectorConfig":{}}}',
    '{"type":"SPEC"}',
    '{"type":"CATALOG","catalog":{"streams":[{}]}}',
    '{"type":"CONNECTION_STATUS"}',
  ])('of words only: %s', (line) => {
    expect(read(line)).toMatchObject({ kind: 'unreadable', lost: undefined });
  });

  test('a LOG is put right where it is only written otherwise', () => {
    const log = (text: string) => {
      const line = read(`{"type":"LOG","log":${text}}`);
      return line.kind === 'message' && line.message.type === 'LOG' ? line.message.log : line;
    };
    expect(log('{"message":"m"}')).toEqual({ level: 'INFO', message: 'm' });
    expect(log('{"level":"warning","message":"m","stack_trace":7}')).toEqual({ level: 'WARN', message: 'm' });
    expect(log('{"level":"CRITICAL","message":"m","stack_trace":"s"}')).toEqual({
      level: 'FATAL',
      message: 'm',
      stack_trace: 's',
    });
    expect(log('{"level":20,"message":{"a":1}}')).toEqual({ level: 'INFO', message: '{"a":1}' });
  });

  test('is shown, and a CONTROL never is', () => {
    const shown = (line: string) => excerptOf(read(line) as UnreadableLine, (text) => text, 10);
    expect(shown('{"type":"LOG"}')).toBe('{"type":"L…');
    expect(shown('{"type":"CONTROL","control":{"connectorConfig":{"config":{"token":"secret"')).toBe(
      '(a CONTROL, not shown)',
    );
  });

  test('is told in one pass, whatever stands in it', () => {
    const started = performance.now();
    for (const noise of ['\\"', '{"', '"a":', '} ', '\\', '{}'])
      read(`${head}"data": {"text": "${noise.repeat(200_000)}`);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('blank lines', () => {
  const read = (line: string) => new MessageReader().read(Buffer.from(line), 0, Buffer.byteLength(line));

  test('blank ones', () => {
    for (const line of ['', ' ', '\r', '\t \r']) expect(read(line).kind).toBe('blank');
  });
});

test('a file is read whole, its lines cut where blocks end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-'));
  const path = join(folder, 'lines');
  const lines = Array.from({ length: 9000 }, (_, i) => `${i} ${'x'.repeat((i * 37) % 900)}`);
  writeFileSync(path, `${lines.join('\n')}\n\nend`);
  const fd = openSync(path, 'r');
  const found: string[] = [];
  const batches = [];
  for await (const batch of readLines(readChunks(fd))) batches.push(batch);
  closeSync(fd);
  rmSync(folder, { recursive: true });
  // Checked after everything was read: no block may have been reused.
  for (const { bytes, ends } of batches) {
    ends.forEach((end, k) => {
      found.push(bytes.toString('utf8', k === 0 ? 0 : ends[k - 1]! + 1, end));
    });
  }
  expect(found).toStrictEqual([...lines, '', 'end']);
  expect(batches.length).toBeGreaterThan(4);
});

test('the last line without a newline is marked', async () => {
  const batches = [];
  for await (const batch of readLines(Readable.from([Buffer.from('a\nb'), Buffer.from('c')]))) {
    batches.push({ ...batch, bytes: text(batch.bytes) });
  }
  expect(batches).toStrictEqual([
    { bytes: 'a\nb', ends: [1], cut: false },
    { bytes: 'bc', ends: [2], cut: true },
  ]);
});
