import { describe, expect, test } from 'vitest';
import { findState } from './same-state.ts';

const states = (...texts: string[]) => texts.map((json) => ({ json }));

describe('the state that an echo is of', () => {
  test('is the one of the same bytes, the oldest first', () => {
    expect(findState(states('{"a":1}', '{"a":2}', '{"a":2}'), '{"a":2}')).toBe(1);
    expect(findState(states('{"a":1}'), '{"a":3}')).toBe(-1);
  });

  test.each([
    ['{"n":1.0,"o":{"x":1,"y":null}}', '{"o":{"x":1e0},"n":1}'],
    ['{"n":9007199254740995}', '{ "n": 9007199254740995 }'],
    ['{"n":9007199254740995}', '{"n":9007199254740996}'],
    ['{"n":1e400}', '{"n":1E+400}'],
    ['{"n":-0.0,"m":100}', '{"m":1.0e2,"n":0}'],
    ['{"l":[{"b":1,"a":2}]}', '{"l":[{"a":2,"b":1}]}'],
  ])('%s is found by %s', (sent, echo) => {
    expect(findState(states('{"x":0}', sent), echo)).toBe(1);
  });

  test('of two that a double cannot tell apart is the one that says just this', () => {
    const two = states('{"n":9007199254740995}', '{"n":9007199254740996}');
    expect(findState(two, '{"n": 9007199254740996}')).toBe(1);
    expect(findState(two, '{"n": 9007199254740995}')).toBe(0);
  });
});
