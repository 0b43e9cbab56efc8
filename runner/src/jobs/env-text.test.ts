import { expect, test } from 'vitest';
import { parseEnvText } from './env-text.ts';

test.each([
  ['T=abcdef123456\n', 'abcdef123456'],
  ['T=abc#def123456\n', 'abc#def123456'],
  ['T=#abc', '#abc'],
  ['T=abc #def\n', 'abc'],
  ['T= # nothing', ''],
  ['X=1\r\nT=abcdef\r\n', 'abcdef'],
  ['T=ab$cd${HOME}ef', 'ab$cd${HOME}ef'],
  ['T=it\'s-a"token', 'it\'s-a"token'],
  ["T='abc#def' # comment", 'abc#def'],
  ['T="abc\\ndef"', 'abc\ndef'],
  ["T='abc\\ndef'", 'abc\\ndef'],
  ['T="a\nb"\nX=1', 'a\nb'],
  ['T=`abc', '`abc'],
  ['T="abcdef\nX=1\n', '"abcdef'],
  ['T="a"b', '"a"b'],
  ['export T=abcdef', 'abcdef'],
  ['T = abcdef \n', 'abcdef'],
  ['T=abc==', 'abc=='],
  ['T=', ''],
  ['# T=no\nno line\nT=yes', 'yes'],
])('%j', (text, value) => {
  expect(parseEnvText(text).T).toBe(value);
});
