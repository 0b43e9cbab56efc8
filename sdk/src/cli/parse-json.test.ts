import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../errors.ts';
import { nameTwice, parseJson } from './parse-json.ts';

function mistake(text: string): string {
  try {
    return `valid: ${JSON.stringify(parseJson(text, '--config'))}`;
  } catch (error) {
    const { place, message, hint } = error as ConfigError;
    return `${place}: ${message} → ${hint}`;
  }
}

describe('an input that is no JSON says where, why, and nothing of what stands there', () => {
  it.each([
    ['', '--config: this is not valid JSON → it is empty'],
    [
      '{ "path": "./b", }',
      '--config line 1, column 18: this is not valid JSON: a key is missing → delete the comma before it',
    ],
    [
      '{"l": [1,\n 2,\n]}',
      '--config line 3, column 1: this is not valid JSON: a JSON value is missing → delete the comma before it',
    ],
    [
      "{ 'path': './b' }",
      '--config line 1, column 3: this is not valid JSON: a key is missing → names and text must be in double quotes',
    ],
    [
      '{ "path": \'./b\' }',
      '--config line 1, column 11: this is not valid JSON: a JSON value is missing → names and text must be in double quotes',
    ],
    [
      '// c\n{ "path": "./b" }',
      '--config line 1, column 1: this is not valid JSON: a JSON value is missing → JSON has no comments',
    ],
    [
      '{ "path": "./b" # c\n}',
      '--config line 1, column 17: this is not valid JSON: a comma or } is missing → JSON has no comments',
    ],
    [
      'path: ./b\n',
      '--config line 1, column 1: this is not valid JSON: a JSON value is missing → it must be a JSON object: { "name": "value" }',
    ],
    [
      '{\0"\0a\0',
      '--config line 1, column 7: this is not valid JSON: it does not end with } or ] → it is not UTF-8: save it as UTF-8',
    ],
    [
      '{"é😀": nul}',
      '--config line 1, column 9: this is not valid JSON: a JSON value is missing → undefined',
    ],
    [
      '{"a": 1} {"b": 2}',
      '--config line 1, column 9: this is not valid JSON: something follows the value → undefined',
    ],
  ])('%j', (text, said) => expect(mistake(text)).toBe(said));
});

describe('a name that stands twice in one object', () => {
  it.each([
    ['{"path": "a", "path": "b"}', { name: 'path', line: 1 }],
    ['{"a": {"x": 1,\n"y": [{}],\n"x": 2}}', { name: 'x', line: 3 }],
    ['{"l": [{"p": 1}, {"p": 2, "q": "p", "\\u0070": 3}]}', { name: 'p', line: 1 }],
  ])('is found: %j', (text, found) => expect(nameTwice(text)).toEqual(found));

  it.each([
    '{"a": "a", "b": ["a", "a", {"a": 1}], "c": {"a": "}{,", "b": "\\"a\\""}}',
    '["a", "a"]',
    '{"a": [], "b": {}, "A": "a\\\\"}',
  ])('is not: %j', (text) => expect(nameTwice(text)).toBeUndefined());
});
