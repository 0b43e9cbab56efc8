import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { readState, StateLine } from './state-line.ts';

const echo = (line: string, rejectedRecordCount?: number): string | undefined =>
  StateLine.read(Buffer.from(line))
    ?.echo({ recordCount: 2, ...(rejectedRecordCount === undefined ? {} : { rejectedRecordCount }) })
    .toString();

describe('the echo of a state', () => {
  it('is the line itself with the counts in it', () => {
    const line =
      '{ "id":7,"type":"STATE","x":1e400,"state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"n":12345678901234567890}} } }';
    expect(echo(line)).toBe(line.replace('} } }', '} ,"destinationStats":{"recordCount":2}} }'));
  });

  it('replaces counts that are there, null included', () => {
    const line =
      '{"type":"STATE","state":{"destinationStats":null,"type":"GLOBAL","global":{"stream_states":[]}}}';
    expect(echo(line, 1)).toBe(line.replace('null', '{"recordCount":2,"rejectedRecordCount":1}'));
  });

  it('drops the carriage return of a line that came with one', () => {
    expect(echo('{"type":"STATE","state":{"type":"LEGACY","data":{"a":"\\r"}}}\r')).toBe(
      '{"type":"STATE","state":{"type":"LEGACY","data":{"a":"\\r"},"destinationStats":{"recordCount":2}}}',
    );
  });
});

describe('the count of the source', () => {
  const state = (stats: string) =>
    StateLine.read(Buffer.from(`{"type":"STATE","state":{"data":{"n":1.0}${stats}}}`));

  it('is a number, however it is written, or none', () => {
    expect(state(',"sourceStats":{"recordCount":5.0}')?.sourceCount).toBe(5);
    expect(state(',"sourceStats":{"recordCount":"5"}')?.sourceCount).toBe(5);
    for (const none of ['', ',"sourceStats":null', ',"sourceStats":{"recordCount":"many"}'])
      expect(state(none)?.sourceCount).toBeUndefined();
  });

  it('can be replaced, and nothing else changes', () => {
    const line = (stats: string) => `{"type":"STATE","state":{"data":{"n":1.0}${stats}}}`;
    const three = (stats: string) => state(stats)?.withSourceCount(3).toString();
    expect(three(',"sourceStats":{"recordCount": 5.0 }')).toBe(line(',"sourceStats":{"recordCount": 3 }'));
    expect(three(',"sourceStats":null')).toBe(line(',"sourceStats":{"recordCount":3}'));
    expect(three('')).toBe(line(',"sourceStats":{"recordCount":3}'));
  });
});

describe('what a state covers', () => {
  const commit = (state: string) => StateLine.read(Buffer.from(`{"type":"STATE","state":${state}}`))?.commit;

  it('is its stream, or everything', () => {
    expect(
      commit(
        '{"type":"STREAM","stream":{"stream_descriptor":{"name":"a","namespace":null},"stream_state":null}}',
      ),
    ).toEqual({
      kind: 'STREAM',
      stream: { name: 'a' },
      json: '{"type":"STREAM","stream":{"stream_descriptor":{"name":"a","namespace":null},"stream_state":null}}',
    });
    expect(commit('{"type":"GLOBAL","stream":null,"global":{"shared_state":1.0}}')?.json).toBe(
      '{"type":"GLOBAL","global":{"shared_state":1.0}}',
    );
    expect(commit('{"type":"GLOBAL","global_":{"shared_state":1}}')?.json).toBe(
      '{"type":"GLOBAL","global":{"shared_state":1}}',
    );
    expect(commit('{"type":null,"stream":{"stream_descriptor":{"name":"a"}}}')?.kind).toBe('STREAM');
    expect(commit('{"global":{"shared_state":1}}')?.kind).toBe('GLOBAL');
    expect(commit('{"data":{"x":1}}')).toMatchObject({
      kind: 'LEGACY',
      stream: undefined,
      json: '{"type":"LEGACY","data":{"x":1}}',
    });
  });

  it('is nothing where it does not say', () => {
    expect(commit('{"type":"STREAM","stream":{}}')).toBeUndefined();
    expect(commit('{"type":"GLOBAL"}')).toBeUndefined();
    expect(commit('{"type":"OTHER"}')).toBeUndefined();
    expect(commit('[]')).toBeUndefined();
    expect(commit('{}')).toBeUndefined();
    expect(commit('{"type":"LEGACY"}')).toBeUndefined();
  });

  it('is read from the platform’s shape too, without the commit number', () => {
    const shape =
      '{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"n":12345678901234567890}},"commit":4}';
    expect(readState(shape)?.json).toBe(shape.replace(',"commit":4', ''));
    expect(readState(`{"type":"STATE","state":${shape}}`)).toEqual(readState(shape));
  });
});
