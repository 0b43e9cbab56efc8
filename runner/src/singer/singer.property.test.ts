import { Buffer } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases } from '../../../sdk/src/protocol/fuzz.test-support.ts';
import type { ConfiguredCatalog } from '../engine/connector.ts';
import { lineStream } from './line-stream.ts';
import { tapLines, tapState } from './tap-lines.ts';
import { targetLines } from './target-lines.ts';

const CATALOG = { streams: [{ tap_stream_id: 'a' }, { tap_stream_id: 'b' }] };
const CONFIGURED: ConfiguredCatalog = {
  streams: ['a', 'b'].map((name) => ({
    stream: { name, json_schema: {}, supported_sync_modes: ['incremental'] },
    sync_mode: 'incremental',
    destination_sync_mode: 'append',
    generation_id: 0,
    minimum_generation_id: 0,
    sync_id: 1,
  })),
};

/** JSON objects with numbers that no double holds, escapes, and white space where it may stand. */
const record = fc
  .tuple(
    fc.jsonValue(),
    fc.constantFrom('12345678901234567890', '1.10', '-0.0', '1e400', '0.1000'),
    fc.constantFrom('', ' ', '\t'),
    fc.string({ unit: 'grapheme' }),
  )
  .map(
    ([value, number, gap, text]) =>
      `{${gap}"v":${JSON.stringify(value)},${gap}"n":${number},"t":${JSON.stringify(text)}${gap}}`,
  );
const item = fc.oneof(
  fc.record({ type: fc.constant('record' as const), stream: fc.constantFrom('a', 'b'), data: record }),
  fc.record({ type: fc.constant('state' as const), data: record }),
  fc.record({
    type: fc.constant('noise' as const),
    data: fc.constantFrom('text', '', '{"type":"SCHEMA","stream":"a"}'),
  }),
);
const items = fc.array(item, { maxLength: 12 });

/** What a stream makes of bytes, however they are cut into chunks. */
async function through(
  stream: ReturnType<typeof lineStream>,
  bytes: Buffer,
  sizes: readonly number[],
): Promise<string[]> {
  const all = buffer(stream);
  for (let at = 0, k = 0; at < bytes.length; k++) {
    const size = sizes[k % sizes.length] ?? bytes.length;
    stream.write(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  stream.end();
  return (await all).toString('utf8').split('\n').filter(Boolean);
}
const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });

test('records and states of a tap keep their bytes, and every record is counted once, however the bytes come', async () => {
  await fc.assert(
    fc.asyncProperty(items, sizes, fc.boolean(), async (given, cuts, hasNewline) => {
      const lines = given.map((one) =>
        one.type === 'record'
          ? `{"type": "RECORD", "record": ${one.data}, "stream": "${one.stream}"}`
          : one.type === 'state'
            ? `{"value":${one.data},"type":"STATE"}`
            : one.data,
      );
      const { line, end } = tapLines(CATALOG, CONFIGURED, () => 5);
      const stream = lineStream({ line, end: () => Promise.resolve(end()) });
      const out = await through(stream, Buffer.from(lines.join('\n') + (hasNewline ? '\n' : '')), cuts);
      const records = given.flatMap((one) => (one.type === 'record' ? [one] : []));
      expect(out.filter((text) => text.startsWith('{"type":"RECORD"'))).toEqual(
        records.map(
          ({ stream, data }) =>
            `{"type":"RECORD","record":{"stream":"${stream}","emitted_at":5,"data":${data}}}`,
        ),
      );
      const states = out.filter((text) => text.startsWith('{"type":"STATE"'));
      const counted = states.map((text) =>
        Number(/"recordCount":(\d+)\}\}\}$/.exec(text.replace(/\}+$/, '}}}'))?.[1]),
      );
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(records.length);
      for (const one of given)
        if (one.type === 'state') expect(out.join('\n')).toContain(`"shared_state":${one.data},`);
    }),
    cases(300),
  );
});

test('the state that a tap gets again is the one that it sent, number by number', () => {
  fc.assert(
    fc.property(record, (value) => {
      const states = `[{"type":"GLOBAL","global":{"shared_state":${value},"stream_states":[]}}]`;
      const given = tapState(states, CATALOG, CONFIGURED) ?? '';
      const numbers = (text: string) => /"n":([^,]+),/.exec(text)?.[1];
      expect(numbers(given)).toBe(numbers(value));
      expect(JSON.parse(given)).toEqual(JSON.parse(value));
    }),
    cases(300),
  );
});

test('a target gets each record with its bytes, and each state is echoed once, as it was, whichever it prints', async () => {
  await fc.assert(
    fc.asyncProperty(items, sizes, fc.array(fc.boolean(), { minLength: 1 }), async (given, cuts, printed) => {
      const airbyte = given.map((one) =>
        one.type === 'record'
          ? `{"type":"RECORD","record":{"stream":"${one.stream}","emitted_at":0,"data":${one.data}}}`
          : one.type === 'state'
            ? `{"type":"STATE","id":7,"state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":${one.data}}}}`
            : '{"type":"TRACE","trace":{"type":"ANALYTICS","emitted_at":0,"analytics":{"type":"x","value":"y"}}}',
      );
      const target = targetLines(CONFIGURED);
      const singer = await through(
        lineStream({ begin: target.begin, line: target.line }),
        Buffer.from(airbyte.map((one) => `${one}\n`).join('')),
        cuts,
      );
      expect(singer.slice(0, 2).map((text) => (JSON.parse(text) as { type: string }).type)).toEqual([
        'SCHEMA',
        'SCHEMA',
      ]);
      expect(singer.filter((text) => text.startsWith('{"type":"RECORD"'))).toEqual(
        given.flatMap((one) =>
          one.type === 'record'
            ? [
                `{"type":"RECORD","stream":"${one.stream}","record":${one.data},"time_extracted":"1970-01-01T00:00:00.000Z"}`,
              ]
            : [],
        ),
      );
      const values = singer
        .filter((text) => text.startsWith('{"type":"STATE"'))
        .map((text) => JSON.stringify((JSON.parse(text) as { value: unknown }).value));
      // The target prints some of the states, and exits with 0.
      const echoes = values.flatMap((value, k) =>
        printed[k % printed.length] ? (target.answer(Buffer.from(value)) ?? []) : [],
      );
      expect([...echoes, ...target.end()].map(String)).toEqual(
        airbyte.filter((text) => text.startsWith('{"type":"STATE"')),
      );
    }),
    cases(300),
  );
});
