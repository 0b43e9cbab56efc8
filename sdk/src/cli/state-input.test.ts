import { describe, expect, it } from 'vitest';
import { parseStates } from './state-input.ts';

const file = (text: string) => parseStates({ text, isFile: true });
const pipe = (text: string) => parseStates({ text, isFile: false });
const state = (name: string, saved: unknown, more = {}) => ({
  type: 'STREAM',
  stream: { stream_descriptor: { name }, stream_state: saved },
  ...more,
});
const message = (name: string, saved: unknown) => ({ type: 'STATE', state: state(name, saved) });

describe('--state', () => {
  it.each(['', '  \n', '[]', '{}'])('a file with %j is no state and no commit', (text) => {
    expect(file(text)).toEqual({ states: new Map(), commit: undefined });
  });

  it.each(['', ' \n'])('an empty pipe (%j) means that something before us failed', (text) => {
    expect(() => pipe(text)).toThrow(/failed/);
  });

  it('[] from a pipe is commit 0', () => {
    expect(pipe('[]\n')).toEqual({ states: new Map(), commit: 0 });
  });

  it.each([
    ['the platform’s list', JSON.stringify([state('a', { v: 1 }), state('b', null)])],
    ['a list of messages', JSON.stringify([message('a', { v: 1 }), message('b', null)])],
    ['a pretty-printed list', JSON.stringify([message('a', { v: 1 }), state('b', null)], null, 2)],
    [
      'lines',
      [message('a', { v: 0 }), { type: 'LOG', log: {} }, message('b', null), message('a', { v: 1 })]
        .map((m) => JSON.stringify(m))
        .join('\n'),
    ],
    [
      'lines with CRLF',
      [message('a', { v: 1 }), message('b', null)].map((m) => JSON.stringify(m)).join('\r\n'),
    ],
  ])('%s', (_, text) => {
    expect([...file(text).states]).toEqual([
      ['a', { v: 1 }],
      ['b', null],
    ]);
  });

  it('a single state', () => {
    expect(file(JSON.stringify(message('a', { v: 1 }))).states.get('a')).toEqual({ v: 1 });
  });

  it('carries the commit number that came with the states', () => {
    expect(pipe(JSON.stringify([state('a', {}, { commit: 7 }), state('b', {}, { commit: 7 })])).commit).toBe(
      7,
    );
    expect(file(JSON.stringify([state('a', {})])).commit).toBeUndefined();
  });

  it.each([
    '[1]',
    '"x"',
    '[{"type":"GLOBAL"}]',
    '[{"type":"STREAM"}]',
    '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":3}}}',
    '[',
    '{"type":"STATE"}\n{"cut',
  ])('refuses %s', (text) => {
    expect(() => file(text)).toThrow();
  });
});
