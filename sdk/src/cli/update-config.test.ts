import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../protocol/fuzz.test-support.ts';
import { replaceValue } from './update-config.ts';

const replaced = (text: string, path: string, value: string): [string, unknown] => {
  const [bytes, was] = replaceValue(Buffer.from(text), path, value);
  return [bytes.toString('utf8'), was];
};

describe('replacing one value of a config', () => {
  it.each([
    ['compact', '{"a":{"b":"old"},"c":1.0}', '{"a":{"b":"new"},"c":1.0}'],
    [
      'pretty',
      '{\n\t"c": 1.0,\n  "a" : { "b" :\t"o\\"l\\u0064" }\n}\n',
      '{\n\t"c": 1.0,\n  "a" : { "b" :\t"new" }\n}\n',
    ],
    ['with a byte order mark', '\ufeff{"a":{"b":"old"}}', '\ufeff{"a":{"b":"new"}}'],
    ['with other characters before it', '{"é":"ü","a":{"b":"ö"}}', '{"é":"ü","a":{"b":"new"}}'],
    [
      'where the key stands twice, the one that counts',
      '{"a":{"b":"x"},"a":{"b":"y"}}',
      '{"a":{"b":"x"},"a":{"b":"new"}}',
    ],
    ['that is no text', '{"a":{"b":null}}', '{"a":{"b":"new"}}'],
  ])('%s', (_, text, changed) => {
    expect(replaced(text, 'a.b', 'new')[0]).toBe(changed);
  });

  it('adds what is not there', () => {
    expect(JSON.parse(replaced('{"c":1}', 'a.b', 'new')[0])).toEqual({ c: 1, a: { b: 'new' } });
  });

  it('tells what stood there', () => {
    expect(replaced('{"a":"${OLD}"}', 'a', 'new')[1]).toBe('${OLD}');
  });

  it('is the same as parsing, setting and comparing, for any config and value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.constantFrom(undefined, 1, '\t'),
        (others, old, value, indent) => {
          const config = { ...others, credentials: { token: old, more: others } };
          const [text, was] = replaced(JSON.stringify(config, null, indent), 'credentials.token', value);
          expect(was).toBe(old.toWellFormed());
          const wanted = { ...config, credentials: { token: value, more: others } };
          expect(text).toBe(JSON.stringify(wanted, null, indent).toWellFormed());
        },
      ),
      cases(1000),
    );
  });
});
