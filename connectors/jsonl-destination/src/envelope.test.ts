import { Buffer } from 'node:buffer';
import { isEmptyObject } from '@headrace/sdk/protocol';
import { describe, expect, it } from 'vitest';
import { FlatEnvelope, mayCollide } from './envelope.ts';

const STAMP = '2026-11-20T10:00:00.000Z';

function line(json: string): string {
  const envelope = new FlatEnvelope({ source: 'ji"ra', stream: 'issues', runId: 'r1' });
  const data = Buffer.from(json);
  const head = envelope.head(data, isEmptyObject(data), STAMP, mayCollide(data));
  return Buffer.from(head).toString() + json.slice(1);
}

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
