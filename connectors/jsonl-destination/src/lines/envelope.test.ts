import { Buffer } from 'node:buffer';
import { type RecordFacts, RecordLine } from '@headrace/sdk/protocol';
import { describe, expect, it } from 'vitest';
import { airbyteEnvelope } from './airbyte-envelope.ts';
import { flatEnvelope, mayCollide, type Wrap } from './envelope.ts';

const STAMP = '2026-11-20T10:00:00.000Z';

function wrapped(wrap: Wrap, json: string, facts: Partial<RecordFacts> = {}): string {
  const record = RecordLine.of('issues', json, { emittedAt: 7, ...facts });
  const batch = {
    ingestedAtUtc: STAMP,
    mayCollide: mayCollide(record.data),
  };
  const { head, tail, overBrace } = wrap(record, batch);
  return `${Buffer.from(head)}${json.slice(overBrace ? 1 : 0)}${Buffer.from(tail)}`;
}

const line = (json: string): string =>
  wrapped(flatEnvelope({ source: 'ji"ra', stream: 'issues', runId: 'r1' }), json);

const OURS = `{"__source":"ji\\"ra","__stream":"issues","__ingested_at_utc":"${STAMP}","__run_id":"r1"`;

describe('the flat envelope', () => {
  it('stands before the vendor’s bytes', () => {
    expect(line('{"a":3.0,"b":12345678901234567890}')).toBe(`${OURS},"a":3.0,"b":12345678901234567890}`);
    expect(line('{}')).toBe(`${OURS}}`);
    expect(JSON.parse(line('{  }'))).toEqual(JSON.parse(`${OURS}}`));
  });

  it('leaves out what the vendor has, however it is written', () => {
    expect(JSON.parse(line('{"__run_id":7}'))).toEqual({
      __source: 'ji"ra',
      __stream: 'issues',
      __ingested_at_utc: STAMP,
      __run_id: 7,
    });
    expect(line('{"\\u005f\\u005Fsource":1}')).toBe(
      `{${OURS.slice(OURS.indexOf('"__stream'))},"\\u005f\\u005Fsource":1}`,
    );
    expect(line('{"__source":1,"__stream":2,"__ingested_at_utc":3,"__run_id":4}')).toBe(
      '{"__source":1,"__stream":2,"__ingested_at_utc":3,"__run_id":4}',
    );
  });

  it('does not mind such names deeper down or as values', () => {
    expect(line('{"a":{"__source":1},"b":"__run_id"}')).toBe(`${OURS},"a":{"__source":1},"b":"__run_id"}`);
  });
});

describe('the airbyte envelope', () => {
  const wrap = airbyteEnvelope({ seed: 'run stream', generationId: 3, syncId: 9 });

  it('holds the record whole beside Airbyte’s columns', () => {
    const json = '{"a":3.0,"_airbyte_data":{"x":1}}';
    const meta = Buffer.from(
      '{"changes":[{"field":"b","change":"NULLED","reason":"SOURCE_RETRIEVAL_ERROR"}]}',
    );
    const text = wrapped(wrap, json, { meta });
    expect(text.endsWith(`"_airbyte_generation_id":3,"_airbyte_data":${json}}`)).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      _airbyte_extracted_at: 7,
      _airbyte_meta: { sync_id: 9, changes: [{ field: 'b' }] },
    });
  });

  it('gives every record an id of its own, and copes with what a source left out', () => {
    const other = airbyteEnvelope({ seed: 'run other', generationId: 0, syncId: undefined });
    const lines = [
      wrapped(wrap, '{}'),
      wrapped(wrap, '{}'),
      wrapped(other, '{}', { emittedAt: undefined, meta: Buffer.from('{"changes":7}') }),
    ].map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(new Set(lines.map(({ _airbyte_raw_id: id }) => id)).size).toBe(3);
    for (const { _airbyte_raw_id: id } of lines)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(lines[2]).toMatchObject({ _airbyte_extracted_at: null, _airbyte_meta: { changes: [] } });
  });
});
