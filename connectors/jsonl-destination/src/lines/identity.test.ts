import { Buffer } from 'node:buffer';
import type { Identity } from '@headrace/sdk/destination';
import { RecordLine } from '@headrace/sdk/protocol';
import { describe, expect, it } from 'vitest';
import { flatEnvelope } from './envelope.ts';
import { identifier, type Rule } from './identity.ts';

const place = { source: 'jira', stream: 'issues' };

function identify(rule: Rule, line: string): Identity {
  // In the middle of other bytes, as lines are.
  const bytes = Buffer.from(`{"x":1}\n${line}\n{"y":2}`);
  return identifier(rule, place)(bytes, 8, 8 + Buffer.byteLength(line));
}

function enveloped(json: string, runId: string, ingestedAtUtc = '2026-11-20T09:08:07.654Z'): string {
  const batch = { ingestedAtUtc, mayCollide: true };
  const wrap = flatEnvelope({ ...place, runId });
  const { head } = wrap(RecordLine.of(place.stream, json), batch);
  return Buffer.from(head).toString() + json.slice(head.length > 0 ? 1 : 0);
}

const airbyte = (data: string, id: string): string =>
  `{"_airbyte_raw_id":"${id}","_airbyte_extracted_at":1,"_airbyte_meta":{},"_airbyte_data":${data}}`;

const same = (rule: Rule, a: string, b: string): boolean =>
  Buffer.compare(identify(rule, a).key ?? Buffer.alloc(0), identify(rule, b).key ?? Buffer.alloc(0)) === 0;

describe('identical', () => {
  const rule: Rule = { kind: 'identical' };
  const data = '{"id":"1","text":"é","n":1.0}';

  it('looks at the vendor’s bytes and not at the envelope, whichever it is', () => {
    const lines = [
      data,
      enveloped(data, 'r1'),
      enveloped(data, 'r2', '2026-11-21T00:00:00.000Z'),
      airbyte(data, 'a'),
      airbyte(data, 'b'),
    ];
    for (const line of lines) expect(same(rule, line, lines[0]!), line).toBe(true);
    expect(same(rule, enveloped('{}', 'r1'), enveloped('{}', 'r2'))).toBe(true);
  });

  it('tells apart what differs in a byte', () => {
    for (const other of [
      '{"id":"1","text":"é","n":1.00}',
      '{"id":"1","text":"e","n":1.0}',
      '{"id":"1", "text":"é","n":1.0}',
    ]) {
      expect(same(rule, enveloped(data, 'r1'), enveloped(other, 'r1'))).toBe(false);
      expect(same(rule, airbyte(data, 'a'), airbyte(other, 'a'))).toBe(false);
    }
  });

  it('does not take the vendor’s own fields for the envelope', () => {
    // Our name is left out where the vendor has it, so what stands there is the vendor's.
    const own = (source: string) => `{"__source":"${source}","id":1}`;
    expect(same(rule, enveloped(own('a'), 'r1'), enveloped(own('b'), 'r1'))).toBe(false);
    const raw = (id: string) => `{"_airbyte_raw_id":"${id}","id":1}`;
    expect(same(rule, raw('a'), raw('b'))).toBe(false);
    const bronze = (run: string) =>
      `{"__source":"other","__stream":"issues","__ingested_at_utc":"2026-11-20T09:08:07.654Z","__run_id":"${run}","id":1}`;
    expect(same(rule, bronze('r1'), bronze('r2'))).toBe(false);
  });
});

describe('latest', () => {
  const rule: Rule = { kind: 'latest', key: [['id'], ['fields', 'board']], cursor: ['updated'] };
  const data = (id: unknown, board: unknown, updated: unknown) =>
    JSON.stringify({ id, fields: { board }, updated });

  it('takes key and cursor out of any envelope', () => {
    const record = data('1', 7, '2026-11-20T00:00:00Z');
    for (const line of [record, enveloped(record, 'r1'), airbyte(record, 'a')]) {
      expect(same(rule, line, record)).toBe(true);
      expect(identify(rule, line).cursor).toBe('"2026-11-20T00:00:00Z"');
    }
  });

  it('finds the key of a record alone that has columns like an envelope’s', () => {
    const own = (id: string) => `{"_airbyte_raw_id":"${id}","id":"1","fields":{"board":7},"updated":3}`;
    expect(same(rule, own('a'), own('b'))).toBe(true);
    expect(identify(rule, own('a')).cursor).toBe('3');
  });

  it('tells keys apart by value and kind, not by how a string is escaped', () => {
    expect(same(rule, data('1', 7, 0), data('1', 8, 0))).toBe(false);
    expect(same(rule, data('1', 7, 0), data(1, 7, 0))).toBe(false);
    expect(same(rule, data('1', 'a', 0), data('1a', '', 0))).toBe(false);
    expect(same(rule, '{"id":"\\u0041"}', '{"id":"A"}')).toBe(true);
  });

  it('makes a record without a whole key a copy of none', () => {
    for (const [id, board] of [
      [null, undefined],
      [null, 7],
      ['1', undefined],
    ])
      expect(identify(rule, data(id, board, 5))).toEqual({ key: undefined, cursor: '5' });
  });

  it('refuses a key that cannot be looked at', () => {
    expect(() => identify({ kind: 'latest', key: [['a.b']] }, '{}')).toThrow('holds a dot: a.b');
  });
});
