import { describe, expect, test } from 'vitest';
import { checkApart } from './check-apart.ts';

const place = 'source.config';
const check = (schema: Record<string, unknown>, config: unknown) =>
  checkApart({ schema, config, place, isOurs: false });
const checkBad = (schema: Record<string, unknown>, config: unknown, isOurs = false) =>
  checkApart({ schema, config, place, isOurs }, 300);
const of = (properties: Record<string, unknown>) => ({ type: 'object', properties });

/** Each definition is twice the one below it: 2^30 looks at one value. */
const doubling = {
  $ref: '#/definitions/a30',
  definitions: Object.fromEntries(
    Array.from({ length: 31 }, (_, k) => [
      `a${k}`,
      k === 0
        ? { type: 'string' }
        : { allOf: [{ $ref: `#/definitions/a${k - 1}` }, { $ref: `#/definitions/a${k - 1}` }] },
    ]),
  ),
};

describe('a schema that would hold us up is given up, and the next one is looked at', () => {
  test.each<[string, Record<string, unknown>, unknown]>([
    [
      'a pattern that backtracks',
      of({ a: { type: 'string', pattern: '^(a+)+$' } }),
      { a: `${'a'.repeat(50)}!` },
    ],
    [
      'one for names',
      { type: 'object', patternProperties: { '^(a+)+$': { type: 'number' } } },
      { [`${'a'.repeat(50)}!`]: 1 },
    ],
    [
      'one for names that others name',
      { propertyNames: { pattern: '^(a+ ?)+$' } },
      { [`${'a'.repeat(50)}!`]: 1 },
    ],
    ['references that double', doubling, 1],
    ['references in a circle', { allOf: [{ $ref: '#' }, { $ref: '#' }] }, {}],
    ['a schema that is its own item', of({ a: { $ref: '#/properties/a' } }), { a: 1 }],
    ['another document', { $ref: 'http://localhost:1/schema.json' }, {}],
    ['no schema at all', { type: 'nonsense', properties: 7 }, {}],
    ['a pattern that is none', of({ a: { pattern: '(' } }), { a: 'x' }],
  ])('%s', async (_, schema, config) => {
    expect(await checkBad(schema, config)).toEqual({ unusable: expect.any(String) });
    expect(await check(of({ a: { type: 'number' } }), { a: 'x' })).toMatchObject({
      mistakes: [{ code: 'config.wrong_type', place: 'source.config.a' }],
    });
  });

  test('that calls itself one of ours', async () => {
    const schema = of({ a: { type: 'string', pattern: '^(a+)+$' } });
    expect(await checkBad(schema, { a: `${'a'.repeat(50)}!` }, true)).toEqual({
      unusable: 'it takes longer than 0.3 s',
    });
  });
});

test('hundreds of patterns of one honest spec, formats and references are looked at', async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 300 }, (_, k) => [`p${k}`, { type: 'string', pattern: `^x${k}$` }]),
  );
  const schema = {
    ...of({ ...properties, when: { type: 'string', format: 'date' }, who: { $ref: '#/definitions/who' } }),
    definitions: { who: { type: 'object', required: ['name'] } },
  };
  const answer = await checkApart({
    schema,
    config: { p7: 'x8', when: 'soon', who: {} },
    place,
    isOurs: false,
  });
  expect(answer).toMatchObject({
    mistakes: [
      { code: 'config.bad_format', place: 'source.config.p7' },
      { code: 'config.bad_format', place: 'source.config.when' },
      { code: 'config.field_required', place: 'source.config.who.name' },
    ],
  });
});

test('one connector’s names are not another one’s', async () => {
  const named = (type: string) => ({ $id: 'https://example.com/spec', ...of({ a: { type } }) });
  expect(await check(named('string'), { a: 1 })).toMatchObject({ mistakes: [{ code: 'config.wrong_type' }] });
  expect(await check(named('number'), { a: 1 })).toEqual({ mistakes: [] });
});
