import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { cases, LONG, objectText } from './fuzz.test-support.ts';
import { isEmptyObject, MessageWriter, recordHead } from './message-writer.ts';
import type { AirbyteMessage } from './messages.ts';
import { MASK, Secrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'headrace-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a writer writes to a file. */
async function written(use: (writer: MessageWriter) => void, secrets?: Secrets): Promise<string> {
  const path = join(folder, 'out');
  const fd = openSync(path, 'w');
  const writer = new MessageWriter(fd, secrets);
  use(writer);
  await writer.flush();
  closeSync(fd);
  return readFileSync(path, 'utf8');
}

test('a record is the vendor’s bytes with the context before the last brace', { timeout: LONG }, async () => {
  const members = objectText.map((text) =>
    text
      .slice(1, -1)
      .replace(/[\r\n]/g, ' ')
      .trim(),
  );
  const property = fc.asyncProperty(
    fc.array(fc.tuple(members, members), { minLength: 1, maxLength: 5 }),
    async (records) => {
      const head = recordHead('a"b', 'ns', 1_790_000_000_000);
      const out = await written((writer) => {
        for (const [data, context] of records)
          writer.record(head, Buffer.from(`{${data}}`), Buffer.from(context));
      });
      const wanted = records.map(
        ([data, context]) =>
          `{"type":"RECORD","record":{"stream":"a\\"b","namespace":"ns","emitted_at":1790000000000,"data":{${data}${data && context ? ',' : ''}${context}}}}\n`,
      );
      expect(out).toBe(wanted.join(''));
      for (const line of wanted) JSON.parse(line);
    },
  );
  await fc.assert(property, cases(500));
});

test('white space in an empty object, and records of every size around a batch', async () => {
  const head = recordHead('s', undefined, 5);
  const context = Buffer.from('"c":1');
  expect(await written((writer) => writer.record(head, Buffer.from('{ \t}'), context))).toBe(
    '{"type":"RECORD","record":{"stream":"s","emitted_at":5,"data":{ \t"c":1}}}\n',
  );
  const sizes = [0, 1, 200_000, 262_000, 262_050, 262_080, 262_100, 262_144, 262_145, 300_000, 2_000_000, 10];
  const data = sizes.map((size) => `{"a":"${'x'.repeat(size)}"}`);
  const out = await written((writer) => {
    for (const one of data) {
      writer.record(head, Buffer.from(one), context);
      writer.line(Buffer.from(one));
    }
  });
  const start = '{"type":"RECORD","record":{"stream":"s","emitted_at":5,"data":';
  expect(out === data.map((one) => `${start}${one.slice(0, -1)},"c":1}}}\n${one}\n`).join('')).toBe(true);
});

test('isEmptyObject', () => {
  for (const text of ['{}', '{ }', '{\t \t}']) expect(isEmptyObject(Buffer.from(text))).toBe(true);
  for (const text of ['{"a":1}', '{"":{}}', '[]', '{}}'])
    expect(isEmptyObject(Buffer.from(text))).toBe(false);
});

test('changes are said in the head', () => {
  const changes = [{ field: 'a', change: 'TRUNCATED', reason: 'SOURCE_FIELD_SIZE_LIMITATION' } as const];
  expect(JSON.parse(`${recordHead('s', undefined, 5, changes)}{}}}`)).toStrictEqual({
    type: 'RECORD',
    record: { stream: 's', emitted_at: 5, meta: { changes }, data: {} },
  });
  expect(recordHead('s', undefined, 5, []).toString()).toBe(recordHead('s', undefined, 5).toString());
});

test('secrets are scrubbed from what is for people, and from nothing that is read back (invariant 6)', async () => {
  const secret = 'to"ken/ü 1234';
  const secrets = new Secrets([secret, 'position', 'COMPLETE', 'failure_type', '1234567890', 'projects']);
  const stream_descriptor = { name: 'projects', namespace: secret };
  const config = { token: secret, position: { projects: 1234567890 } };
  const told = (text: string): AirbyteMessage[] => [
    { type: 'LOG', log: { level: 'INFO', message: `sent ${text}`, stack_trace: text } },
    { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: text } },
    {
      type: 'TRACE',
      trace: {
        type: 'ERROR',
        emitted_at: 1234567890,
        error: {
          message: text,
          internal_message: text,
          stack_trace: text,
          failure_type: 'system_error',
          stream_descriptor,
          'x-headrace': { code: 'a.b', place: text, hint: text },
        },
      },
    },
  ];
  const kept: AirbyteMessage[] = [
    { type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor, stream_state: config } } },
    { type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', emitted_at: 5, connectorConfig: { config } } },
    {
      type: 'CATALOG',
      catalog: { streams: [{ name: 'projects', json_schema: config, supported_sync_modes: [] }] },
    },
    { type: 'SPEC', spec: { connectionSpecification: config } },
    {
      type: 'TRACE',
      trace: {
        type: 'STREAM_STATUS',
        emitted_at: 5,
        stream_status: { stream_descriptor, status: 'COMPLETE' },
      },
    },
    {
      type: 'TRACE',
      trace: { type: 'ESTIMATE', emitted_at: 5, estimate: { name: 'projects', type: 'STREAM' } },
    },
    {
      type: 'TRACE',
      trace: { type: 'ANALYTICS', emitted_at: 5, analytics: { type: 'x', value: 'projects' } },
    },
  ];
  const out = await written((writer) => {
    for (const message of [...told(secret), ...kept]) writer.message(message);
    writer.record(recordHead('s', undefined, 5), Buffer.from(JSON.stringify(config)), Buffer.alloc(0));
  }, secrets);
  const lines = out.trimEnd().split('\n');
  expect(lines.slice(0, -1).map((line) => JSON.parse(line))).toStrictEqual([...told(MASK), ...kept]);
  expect(JSON.parse(lines.at(-1)!).record.data).toStrictEqual(config);
});
