import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigErrors, formatError } from '../errors.ts';
import { coerce } from './coerce.ts';
import {
  checkConfig,
  didYouMean,
  interpolate,
  jsonSchemaOf,
  type Schema,
  secretsOf,
  validateConfig,
} from './index.ts';
import { namesGone } from './names-gone.ts';

const schema = jsonSchemaOf(
  z.object({
    base_url: z
      .string()
      .regex(/^https?:/)
      .meta({ description: 'the site', pattern_descriptor: 'https://acme.example' }),
    credentials: z.discriminatedUnion('auth_type', [
      z.object({
        auth_type: z.literal('api_token'),
        email: z.string(),
        api_token: z.string().meta({ airbyte_secret: true, description: 'create one' }),
      }),
      z.object({ auth_type: z.literal('pat'), token: z.string().meta({ airbyte_secret: true }) }),
    ]),
    concurrency: z.number().int().min(1).max(32).default(8),
    mode: z.enum(['referenced', 'all']).optional(),
  }),
);
const good = {
  base_url: 'https://acme.example',
  credentials: { auth_type: 'api_token', email: 'a@b', api_token: 'sesame-open-1' },
};
const codes = (config: object) =>
  validateConfig(schema, config, 'config').map(({ code, place }) => `${code} ${place}`);

describe('a config schema', () => {
  it('keeps what Airbyte’s form wants and nothing it refuses', () => {
    const text = JSON.stringify(schema);
    expect(schema.properties?.credentials).toMatchObject({
      type: 'object',
      oneOf: [{ properties: { auth_type: { const: 'api_token' } } }, {}],
    });
    expect(text).toContain('"airbyte_secret":true');
    expect(text).not.toMatch(/"additionalProperties":false|\$ref|allOf|anyOf|"not"/);
  });
});

describe('validation', () => {
  it('accepts what is right', () => {
    expect(codes(good)).toEqual([]);
    expect(codes({ ...good, concurrency: 4, _airbyte_extra: 1 })).toEqual([]);
  });

  it('takes other keys as the schema says, where it is asked to', () => {
    const keys = (of: object) =>
      validateConfig(
        { properties: { a: {}, deep: { properties: {}, ...of } }, ...of },
        { b: 1, deep: { c: 1 } },
        'x',
        'as the schema says',
      ).map(({ place }) => place);
    expect(keys({})).toEqual(['x.b', 'x.deep.c']);
    expect(keys({ additionalProperties: true })).toEqual([]);
    expect(keys({ additionalProperties: { type: 'integer' } })).toEqual([]);
    expect(keys({ patternProperties: { '^b$': {} } })).toEqual(['x.deep.c']);
  });

  it('says to quote what YAML takes for a number, and not what it is', () => {
    const [error] = validateConfig({ properties: { id: { type: 'string' } } }, { id: 20261130 }, 'x');
    expect(error).toMatchObject({ code: 'config.wrong_type', place: 'x.id', hint: 'quote it' });
  });

  it('names every mistake at once, of the chosen variant only', () => {
    expect(
      codes({
        credentials: { auth_type: 'api_token', email: 3 },
        concurrency: 99,
        modes: 'all',
        mode: 'reference',
      }),
    ).toEqual([
      'config.field_required config.base_url',
      'config.field_required config.credentials.api_token',
      'config.wrong_type config.credentials.email',
      'config.maximum config.concurrency',
      'config.not_allowed config.mode',
      'config.unknown_field config.modes',
    ]);
  });

  it('says what to do', () => {
    const errors = validateConfig(
      schema,
      { ...good, credentials: { auth_type: 'api_tokn' }, modes: 1 },
      'config',
    );
    expect(errors.map(({ hint }) => hint)).toEqual(['did you mean api_token?', 'did you mean mode?']);
    const [missing] = validateConfig(
      schema,
      { ...good, credentials: { auth_type: 'api_token', email: 'a' } },
      'config',
    );
    expect(formatError(missing!)).toBe(
      '✗ config.field_required  config.credentials.api_token\n    config.credentials.api_token is required\n    → create one',
    );
  });

  it.each([null, [], 'x', 3])('refuses %j as a config', (config) => {
    expect(validateConfig(schema, config, 'config').length).toBeGreaterThan(0);
  });

  it('knows the secrets of every variant: what was left behind by another one is one, too', () => {
    expect(secretsOf(schema, good)).toEqual(['sesame-open-1']);
    const left = { credentials: { auth_type: 'pat', token: 't', api_token: 'was' } };
    expect(secretsOf(schema, left).sort()).toEqual(['t', 'was']);
  });

  const secret = { type: 'string', airbyte_secret: true };
  const held = { type: 'object', properties: { key: secret, id: { type: 'string' } } };
  const value = { key: 'sesame', id: 'me' };
  it.each<[string, object, unknown]>([
    ['oneOf', { properties: { a: { oneOf: [{ properties: { x: secret } }, held] } } }, { a: value }],
    ['anyOf', { properties: { a: { anyOf: [{ type: 'null' }, held] } } }, { a: value }],
    ['allOf, nested', { allOf: [{ allOf: [{ properties: { a: held } }] }] }, { a: value }],
    ['if and else', { if: { required: ['b'] }, else: { properties: { a: held } } }, { a: value }],
    [
      '$ref',
      { definitions: { 'a/b': held }, properties: { a: { $ref: '#/definitions/a~1b' } } },
      { a: value },
    ],
    [
      '$ref to the whole',
      { properties: { key: secret, next: { $ref: '#' } } },
      { next: { next: { key: 'sesame' } } },
    ],
    [
      'a circle of $ref',
      { $ref: '#/allOf/0', allOf: [{ $ref: '#' }], properties: { a: held } },
      { a: value },
    ],
    ['additionalProperties', { properties: { b: {} }, additionalProperties: held }, { x: value, b: value }],
    ['patternProperties', { patternProperties: { '^(a+)+$': secret } }, { a: 'sesame' }],
    ['a list', { properties: { a: { items: held } } }, { a: [value] }],
    ['a list by places', { properties: { a: { items: [{}, held] } } }, { a: [value, value] }],
    ['prefixItems', { properties: { a: { prefixItems: [held] } } }, { a: [value] }],
    [
      'an object that is marked',
      { properties: { a: { airbyte_secret: true } } },
      { a: { b: [{ c: 'sesame' }] } },
    ],
    [
      'a list that is marked',
      { properties: { a: { type: 'array', airbyte_secret: true } } },
      { a: ['sesame'] },
    ],
    ['dependentSchemas', { dependentSchemas: { a: { properties: { a: held } } } }, { a: value }],
    ['a property called constructor', { properties: { constructor: secret } }, { constructor: 'sesame' }],
    [
      'a property called __proto__',
      JSON.parse('{"properties":{"__proto__":{"airbyte_secret":true}}}'),
      JSON.parse('{"__proto__":"sesame"}'),
    ],
  ])('finds a secret in %s', (_, spec, config) => {
    expect(secretsOf(spec as Schema, config)).toEqual(['sesame']);
  });

  it('numbers are secrets, too, and nothing is one that only a prototype has', () => {
    expect(secretsOf({ properties: { pin: { airbyte_secret: true } } }, { pin: 12345678 })).toEqual([
      '12345678',
    ]);
    const inherited = { properties: { toString: secret, constructor: secret } } as unknown as Schema;
    expect(secretsOf(inherited, {})).toEqual([]);
    expect(secretsOf({ properties: {} }, { constructor: 'x' })).toEqual([]);
  });

  it('a spec that leads everywhere from everywhere is done soon', () => {
    const all = Array.from({ length: 40 }, (_, k) => ({ $ref: `#/definitions/d${k}` }));
    const definitions = Object.fromEntries(
      all.map((_, k) => [`d${k}`, { anyOf: all, properties: { a: { anyOf: all } } }]),
    );
    const deep = Array.from({ length: 20 }).reduce<object>((inner) => ({ a: inner }), {});
    expect(secretsOf({ definitions, anyOf: all } as Schema, deep)).toEqual([]);
  });
});

describe('options that are called like what every object has', () => {
  const text = { type: 'string' };
  const spec = JSON.parse(
    '{"type":"object","required":["constructor","toString"],"properties":{"constructor":{"type":"string"},"toString":{"type":"string"},"valueOf":{"type":"object","properties":{"x":{"type":"string"}}}}}',
  ) as Schema;

  it('are there only where the config has them', () => {
    expect(validateConfig(spec, {}, 'config').map(({ place, code }) => [place, code])).toEqual([
      ['config.constructor', 'config.field_required'],
      ['config.toString', 'config.field_required'],
    ]);
    expect(validateConfig(spec, { constructor: 'a', toString: 'b', valueOf: { x: 'c' } }, 'config')).toEqual(
      [],
    );
    expect(validateConfig(spec, { constructor: 'a', toString: 5 }, 'config')).toMatchObject([
      { place: 'config.toString', code: 'config.wrong_type' },
    ]);
  });

  it.each(['constructor', 'toString', '__proto__'])(
    '%s is no option where the schema does not have it',
    (key) => {
      const config = JSON.parse(`{"a":"x","${key}":"y"}`);
      const found = checkConfig({ type: 'object', properties: { a: text } }, config, 'config').errors;
      expect(found.map(({ code }) => code)).toEqual(key === '__proto__' ? [] : ['config.unknown_field']);
    },
  );

  it('of variants one is not chosen by what every object has', () => {
    const variants = [
      { properties: { constructor: { const: 'a' }, key: text } },
      { properties: { constructor: { const: 'b' } } },
    ];
    expect(
      validateConfig({ type: 'object', oneOf: variants } as unknown as Schema, {}, 'config'),
    ).toMatchObject([{ place: 'config.constructor', code: 'config.field_required' }]);
  });

  it('an environment has only its own variables', () => {
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(() => interpolate({ a: `\${${name}}` }, {}, 'config')).toThrow('is not set');
  });
});

describe('interpolation', () => {
  it('expands names and dollars in every string, keys left alone', () => {
    const value = { a: '${X}', b: ['$$5 ${X}-${Y}'], c: 3, '${X}': null };
    expect(interpolate(value, { X: '1', Y: '' }, 'config')).toEqual({
      a: '1',
      b: ['$5 1-'],
      c: 3,
      '${X}': null,
    });
  });

  it('does not expand what a variable holds', () => {
    expect(interpolate('${X}', { X: '${Y} $$' }, 'config')).toBe('${Y} $$');
  });

  it('names every unset variable and its place', () => {
    const act = () => interpolate({ a: '${NOPE}', b: { c: ['x', '${NADA}'] } }, {}, 'config');
    expect(act).toThrow(ConfigErrors);
    expect(act).toThrow(/NOPE.*NADA/);
    try {
      act();
    } catch (error) {
      expect((error as ConfigErrors).errors.map(({ place }) => place)).toEqual(['config.a', 'config.b.c[1]']);
    }
  });

  it('refuses a name that is none', () => {
    expect(() => interpolate('${a-b}', { 'a-b': 'x' }, 'config')).toThrow(/a-b/);
  });
});

describe('values from the environment', () => {
  it('become numbers and truth values where the schema wants them, and nothing else does', () => {
    const typed = jsonSchemaOf(
      z.object({
        n: z.number().int(),
        b: z.boolean(),
        s: z.string(),
        list: z.array(z.number()),
        o: z.object({ n: z.number() }),
      }),
    );
    expect(
      coerce(typed, { n: '8', b: 'true', s: '8', list: ['1.5', 'x'], o: { n: '-2' }, more: '1' }),
    ).toEqual({
      n: 8,
      b: true,
      s: '8',
      list: [1.5, 'x'],
      o: { n: -2 },
      more: '1',
    });
    expect(coerce(typed, { n: '0x10', b: 'yes' })).toEqual({ n: '0x10', b: 'yes' });
  });
});

describe('did you mean', () => {
  it.each([
    ['isues', 'issues'],
    ['Issues', 'issues'],
    ['projetcs', 'projects'],
  ])('%s → %s', (word, name) => {
    expect(didYouMean(word, ['issues', 'projects', 'users'])).toBe(name);
  });

  it('does not guess wildly', () => {
    expect(didYouMean('worklogs', ['issues', 'projects'])).toBeUndefined();
  });
});

describe('names that are looked for', () => {
  const find = (wanted: string[], seen?: string[]) =>
    namesGone({ wanted, known: ['ENG', 'OPS', 'PAY'], seen, place: 'config.projects', what: 'project' });

  it('are there, or were there', () => {
    expect(find([])).toEqual([]);
    expect(find(['OPS', 'ENG'])).toEqual([]);
    expect(find(['OLD', 'ENG', 'GONE'], ['GONE', 'OLD', 'OPS'])).toEqual(['OLD', 'GONE']);
  });

  it('are mistakes where nobody has ever seen them, all at once, with their places', () => {
    try {
      find(['OLD', 'eng', 'ENG', 'OSP', 'WXYZ'], ['OLD']);
      expect.fail('it lets them pass');
    } catch (error) {
      expect(
        (error as ConfigErrors).errors.map(({ place, message, hint }) => [place, message, hint]),
      ).toEqual([
        ['config.projects[1]', 'the account sees no project eng', 'did you mean ENG?'],
        ['config.projects[3]', 'the account sees no project OSP', 'did you mean OPS?'],
        ['config.projects[4]', 'the account sees no project WXYZ', expect.stringContaining('spelling')],
      ]);
    }
  });
});
