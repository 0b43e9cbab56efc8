import { Buffer } from 'node:buffer';
import { type Check, must, mustBeEmpty } from '../../suite/check.ts';
import { tail } from '../../suite/workplace.ts';
import { catalogOf, line, record, some, state, status, wholeStream } from '../lines.ts';
import { countsOf, type DestinationContext, differences, echoFindings } from '../suite.ts';

const asLine = (stream: string, data: string): string =>
  `{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},"data":${data},"emitted_at":1763680000000}}\n`;

/** Lines around good records that must not harm them. */
const ODD_LINES: ReadonlyArray<readonly [what: string, line: string | Buffer]> = [
  ['text', 'Starting the connector…\n'],
  ['an empty line', '\n'],
  ['blanks', '   \t \n'],
  ['a carriage return', '\r\n'],
  ['JSON that is no message', '{"level":30,"msg":"a log line of pino"}\n'],
  ['a number', '17\n'],
  ['null', 'null\n'],
  ['a list', '[{"type":"LOG"}]\n'],
  ['an unknown type', '{"type":"HELLO","hello":{"stream":"a"}}\n'],
  ['a type that is no text', '{"type":{"a":1}}\n'],
  ['a LOG', line({ type: 'LOG', log: { level: 'INFO', message: 'hello' } })],
  [
    'a LOG with null siblings',
    '{"type":"LOG","log":{"level":"INFO","message":"x"},"record":null,"state":null,"trace":null}\n',
  ],
  [
    'a TRACE with a float',
    '{"type":"TRACE","trace":{"type":"ANALYTICS","emitted_at":1763680000000.5,"analytics":{"type":"x","value":null}}}\n',
  ],
  ['a TRACE of an unknown type', '{"type":"TRACE","trace":{"type":"WEATHER","emitted_at":1}}\n'],
  [
    'a CONTROL',
    line({
      type: 'CONTROL',
      control: { type: 'CONNECTOR_CONFIG', emitted_at: 1, connectorConfig: { config: {} } },
    }),
  ],
  [
    'an estimate',
    line({
      type: 'TRACE',
      trace: { type: 'ESTIMATE', emitted_at: 1, estimate: { name: 'a', type: 'STREAM', row_estimate: 3 } },
    }),
  ],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a])],
  ['a deep nest', `${'['.repeat(20_000)}${']'.repeat(20_000)}\n`],
];

/** Lines that contain data of `a` but cannot be read. Each counts as one record for its source. */
const BROKEN_LINES: ReadonlyArray<readonly [what: string, line: string]> = [
  ['a number that JSON does not know', asLine('a', '{"id":-1,"x":NaN}')],
  ['half a record', '{"type":"RECORD","record":{"stream":"a","data":{"id":\n'],
  ['a record behind text', `Downloading… ${asLine('a', '{"id":-2,}')}`],
  ['a record without data', '{"type":"RECORD","record":{"stream":"a","emitted_at":1763680000000}}\n'],
];

/** Valid JSON that parsers and stores have trouble with. */
const ODD_DATA: ReadonlyArray<readonly [what: string, data: string]> = [
  ['U+2028 raw', '{"id":1,"text":"a\u2028b\u2029c"}'],
  ['newlines and carriage returns, escaped', '{"id":2,"text":"a\\r\\nb\\u0000c"}'],
  ['a lone surrogate', '{"id":3,"text":"\\ud800 and \\udc00"}'],
  ['a pair in escapes', '{"id":4,"text":"\\ud83d\\ude00"}'],
  ['exponents', '{"id":5,"a":1e2,"b":-0.0,"c":1E-7}'],
  ['a name twice', '{"id":6,"a":1,"a":2}'],
  ['__proto__', '{"id":7,"__proto__":{"x":1},"constructor":"y","hasOwnProperty":null}'],
  ['empty names and values', '{"id":8,"":"","a b":{},"c":[]}'],
  [
    'what an envelope is made of',
    '{"id":9,"type":"STATE","record":{"stream":"b"},"data":{"data":1},"_airbyte_data":1}',
  ],
  ['deep', `{"id":10,"a":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}`],
  ['long', `{"id":11,"text":"${'0123456789'.repeat(300_000)}"}`],
];

/** `data` that cannot be stored as an object. */
const NO_OBJECTS = ['{}', '"text"', '17', 'null', '[1]', 'true'];

const NAMES: ReadonlyArray<{ name: string; namespace?: string }> = [
  { name: 'a' },
  { name: 'A' },
  { name: 'a/b' },
  { name: 'a_b' },
  { name: '../a' },
  { name: '..' },
  { name: '.' },
  { name: '/etc/passwd' },
  { name: 'a b' },
  { name: 'ä' },
  { name: 'a%2Fb' },
  { name: 'con' },
  { name: 'a:b' },
  { name: 'a"b\\c' },
  { name: 'new\nline' },
  { name: '水門' },
  { name: `${'long'.repeat(60)}1` },
  { name: `${'long'.repeat(60)}2` },
  { name: 'b', namespace: 'a' },
  { name: 'a', namespace: 'b' },
  { name: 'b_c', namespace: 'a' },
  { name: 'c', namespace: 'a_b' },
  { name: 'c', namespace: 'a.b' },
  { name: 'b.c', namespace: 'a' },
  { name: 'x', namespace: '../..' },
];

/** Unusual or wrong input that a source may send. */
export const inputChecks: ReadonlyArray<Check<DestinationContext>> = [
  {
    rules: [61],
    title: 'null siblings, unknown types, lines that are no messages: tolerated, nothing beside them is lost',
    run: async ({ write, stored }) => {
      const records = some(2 * ODD_LINES.length);
      const chunks = [status({ name: 'a' }, 'STARTED')].map((text) => Buffer.from(text));
      ODD_LINES.forEach(([, odd], i) => {
        chunks.push(Buffer.from(record('a', records[2 * i])), Buffer.from(odd));
        chunks.push(
          Buffer.from(
            `{"type":"RECORD","record":{"stream":"a","namespace":null,"data":${JSON.stringify(records[2 * i + 1])},"emitted_at":1763680000000,"meta":null},"state":null,"log":null}\n`,
          ),
        );
      });
      const last = state({ name: 'a' }, { at: 1 }, records.length);
      chunks.push(Buffer.from(last), Buffer.from(status({ name: 'a' }, 'COMPLETE')));
      const ran = await write(Buffer.concat(chunks));
      must(ran.code === 0, 'a write with odd lines between', tail(ran));
      mustBeEmpty(echoFindings([last], ran), 'the echoes');
      mustBeEmpty(
        differences(
          records.map((data) => ({ stream: 'a', data })),
          await stored(),
        ),
        'stored',
      );
    },
  },
  {
    rules: [61],
    title: 'lines that carry data and cannot be read: the write fails, and everything else is stored',
    run: async ({ write, stored }) => {
      const records = some(BROKEN_LINES.length + 1);
      const broken = BROKEN_LINES.map(([, odd], i) => record('a', records[i]) + odd).join('');
      const count = records.length + BROKEN_LINES.length;
      const last = state({ name: 'a' }, { at: 1 }, count);
      const ran = await write(
        status({ name: 'a' }, 'STARTED') +
          broken +
          record('a', records.at(-1)) +
          last +
          status({ name: 'a' }, 'COMPLETE'),
      );
      must(ran.code !== 0 && ran.signal === null, 'a write of lines that cannot be read succeeds', tail(ran));
      mustBeEmpty(echoFindings([last], ran), 'the echoes');
      const { recordCount, rejectedRecordCount } = countsOf(ran.output);
      must(
        recordCount === records.length && rejectedRecordCount === BROKEN_LINES.length,
        `${recordCount} stored and ${rejectedRecordCount} rejected of ${count}`,
        tail(ran),
      );
      mustBeEmpty(
        differences(
          records.map((data) => ({ stream: 'a', data })),
          await stored(),
        ),
        'stored',
      );
    },
  },
  {
    rules: [11],
    title: 'every payload that is valid JSON comes through',
    run: async ({ write, stored }) => {
      const input = ODD_DATA.map(([, data]) => asLine('a', data)).join('');
      const last = state({ name: 'a' }, { at: 1 }, ODD_DATA.length);
      const ran = await write(
        status({ name: 'a' }, 'STARTED') + input + last + status({ name: 'a' }, 'COMPLETE'),
      );
      must(ran.code === 0, 'a write of odd payloads', tail(ran));
      const { recordCount, rejectedRecordCount } = countsOf(ran.output);
      must(
        recordCount + rejectedRecordCount === ODD_DATA.length,
        `${recordCount} stored, ${rejectedRecordCount} rejected of ${ODD_DATA.length}`,
      );
      must(rejectedRecordCount === 0, `${rejectedRecordCount} payloads were rejected`, tail(ran));
      const expected = ODD_DATA.map(([, data]) => ({ stream: 'a', data: JSON.parse(data) as unknown }));
      mustBeEmpty(differences(expected, await stored()), 'stored');
    },
  },
  {
    rules: [12, 55],
    title: 'records that are no objects or empty: counted, never a crash, never in the way of others',
    run: async ({ write, stored }) => {
      const records = some(NO_OBJECTS.length);
      const input = NO_OBJECTS.map((data, i) => record('a', records[i]) + asLine('a', data)).join('');
      const sent = 2 * NO_OBJECTS.length;
      const ran = await write(
        status({ name: 'a' }, 'STARTED') +
          input +
          state({ name: 'a' }, { at: 1 }, sent) +
          status({ name: 'a' }, 'COMPLETE'),
      );
      must(ran.signal === null, 'it crashes', tail(ran));
      const { recordCount, rejectedRecordCount } = countsOf(ran.output);
      must(
        recordCount + rejectedRecordCount === sent,
        `${recordCount} stored and ${rejectedRecordCount} rejected of ${sent}`,
        tail(ran),
      );
      const missing = differences(
        records.map((data) => ({ stream: 'a', data })),
        await stored(),
      );
      mustBeEmpty(
        missing.filter((finding) => finding.startsWith('missing')),
        'stored',
      );
    },
  },
  {
    rules: [62],
    title: 'a type that is not the schema’s never fails a sync',
    run: async ({ write, stored }) => {
      const schema = {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          text: { type: 'string' },
          when: { type: 'string', format: 'date-time' },
        },
      };
      const records = [
        { id: 'not a number', text: 17, when: 'never' },
        { id: null, text: null, when: null },
        { id: 1.5, text: { deep: 1 }, when: [1] },
        { id: 2 },
      ];
      const ran = await write(wholeStream({ name: 'a' }, records), {
        catalog: catalogOf([{ name: 'a', schema }]),
      });
      must(ran.code === 0, 'a write of other types than the schema’s', tail(ran));
      const { recordCount, rejectedRecordCount } = countsOf(ran.output);
      must(recordCount + rejectedRecordCount === records.length, 'not every record is counted', tail(ran));
      must(
        (await stored()).length >= recordCount,
        `${(await stored()).length} are stored, ${recordCount} are said to be`,
      );
    },
  },
  {
    rules: [63],
    title: 'odd names and namespaces neither collide nor escape',
    run: async ({ write, stored, fixture }) => {
      const expected = NAMES.map(({ name, namespace }, i) => ({
        stream: name,
        namespace,
        data: { id: i, text: 'x' },
      }));
      const input = expected.map(({ data }, i) => wholeStream(NAMES[i]!, [data])).join('');
      const ran = await write(input, { catalog: catalogOf(NAMES) });
      must(ran.code === 0, 'a write of streams with odd names', tail(ran));
      must(countsOf(ran.output).recordCount === NAMES.length, 'not every record is counted', tail(ran));
      const ids = (await stored()).map(({ data }) => (data as { id: number }).id).sort((a, b) => a - b);
      mustBeEmpty(
        NAMES.filter((_, i) => !ids.includes(i)).map(({ name, namespace }) => `${namespace ?? ''}.${name}`),
        'not stored',
      );
      mustBeEmpty(differences(expected, await stored()), 'stored under the names that they came with');
      mustBeEmpty((await fixture()).strays?.() ?? [], 'made outside of the place');
    },
  },
  {
    rules: [50],
    title: 'much data: bounded memory',
    timeoutMs: 300_000,
    run: async ({ startWrite, options }) => {
      const { memoryMb = 300 } = options;
      const MB = 1024 * 1024;
      const child = await startWrite({}, { timeoutMs: 300_000 });
      const block = some(256, 0, { pad: 'water gate '.repeat(90) })
        .map((data) => record('a', data))
        .join('');
      let peak = 0;
      for (let sent = 0, i = 0; sent < 100 * MB; sent += block.length, i++) {
        await child.write(block + state({ name: 'a' }, { at: i }, 256));
        peak = Math.max(peak, child.memory()?.peak ?? 0);
      }
      child.end();
      const ended = await child.ended;
      must(ended.code === 0, 'a write of 100 MB', tail(ended));
      if (peak > 0)
        must(peak < memoryMb * MB, `${Math.round(peak / MB)} MB resident, ${memoryMb} MB are allowed`);
    },
  },
];
