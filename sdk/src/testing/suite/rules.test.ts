import { describe, expect, it } from 'vitest';
import type { CatalogStream, JsonObject } from '../../protocol/messages.ts';
import { catalogChanges, catalogFindings, specChanges, specFindings } from '../index.ts';
import { secretFinder } from './secrets.ts';

type Properties = Record<string, JsonObject>;

const specOf = (properties: Properties, more: JsonObject = {}) => ({
  connectionSpecification: { type: 'object', properties, ...more },
});
const good: Properties = {
  url: { type: 'string', order: 0 },
  token: { type: 'string', airbyte_secret: true, order: 1 },
  since: { type: 'string', format: 'date', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' },
  names: { type: 'array', items: { type: 'string' } },
  level: { type: ['integer', 'null'], enum: [1, 2] },
  credentials: {
    type: 'object',
    oneOf: [
      { type: 'object', properties: { by: { type: 'string', const: 'token' }, a: { type: 'string' } } },
      { type: 'object', properties: { by: { type: 'string', const: 'key' }, b: { type: 'string' } } },
    ],
  },
};
const variants = (...given: Properties[]): Properties => ({
  x: { type: 'object', oneOf: given.map((properties) => ({ type: 'object', properties })) },
});

describe('the rules of a spec (20)', () => {
  it('finds nothing in a good one', () => expect(specFindings(specOf(good))).toEqual([]));

  it.each<[what: string, properties: Properties, finding: RegExp]>([
    ['a secret that is not marked', { api_token: { type: 'string' } }, /config\.api_token.*airbyte_secret/],
    [
      'a secret within',
      { a: { type: 'object', properties: { password: { type: 'string' } } } },
      /a\.password.*airbyte_secret/,
    ],
    ['three types', { a: { type: ['string', 'integer', 'null'] } }, /3 types/],
    ['null first', { a: { type: ['null', 'string'] } }, /must be null/],
    ['no type', { a: { title: 'A' } }, /has no type/],
    ['an enum twice', { a: { type: 'string', enum: ['x', 'x'] } }, /a value twice/],
    ['an empty object', { a: { type: 'object' } }, /without properties/],
    ['an array of anything', { a: { type: 'array' } }, /without items/],
    ['a reference', { a: { type: 'string', $ref: '#/definitions/a' } }, /\$ref/],
    ['anyOf', { a: { type: 'string', anyOf: [] } }, /anyOf/],
    [
      'closed',
      { a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: false } },
      /additionalProperties/,
    ],
    ['the same order', { a: { type: 'string', order: 1 }, b: { type: 'string', order: 1 } }, /same order 1/],
    ['a date without a pattern', { a: { type: 'string', format: 'date-time' } }, /without a pattern/],
    [
      'a date pattern without a format',
      { a: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' } },
      /without a format/,
    ],
    ['a broken pattern', { a: { type: 'string', pattern: '[' } }, /no regular expression/],
    [
      'variants without a constant',
      variants({ a: { type: 'string' } }, { b: { type: 'string' } }),
      /share 0 constants/,
    ],
    [
      'variants alike',
      variants({ a: { type: 'string', const: 1 } }, { a: { type: 'string', const: 1 } }),
      /the same constant/,
    ],
    [
      'a constant with a default',
      variants({ a: { type: 'string', const: 1, default: 1 } }, { a: { type: 'string', const: 2 } }),
      /default or an enum/,
    ],
  ])('finds %s', (_, properties, finding) => {
    const findings = specFindings(specOf(properties));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(finding);
  });

  it('finds what is required and not there', () => {
    expect(specFindings(specOf({ a: { type: 'string' } }, { required: ['b'] }))).toEqual([
      'config: b is required and not described',
    ]);
  });
});

const stream = (more: Partial<CatalogStream> = {}, properties: Properties = {}): CatalogStream => ({
  name: 'a',
  json_schema: {
    type: 'object',
    properties: { id: { type: 'string' }, at: { type: ['null', 'string'] }, ...properties },
  },
  supported_sync_modes: ['full_refresh', 'incremental'],
  source_defined_primary_key: [['id']],
  default_cursor_field: ['at'],
  ...more,
});

const OPEN = { type: 'object', properties: {}, additionalProperties: true };

describe('the rules of a catalog (25, 26, 27)', () => {
  it('finds nothing in a good one', async () => expect(await catalogFindings([stream()])).toEqual([]));

  it.each<[what: string, streams: CatalogStream[], rule: number]>([
    ['nothing in it', [], 25],
    ['a name twice', [stream(), stream({ name: 'A' })], 25],
    ['no sync mode', [stream({ supported_sync_modes: [], default_cursor_field: [] })], 25],
    ['a schema that is none', [stream({}, { x: { type: 'text' } })], 25],
    [
      'a reference',
      [stream({}, { x: { type: 'object', properties: { y: { $ref: '#/x' } }, additionalProperties: true } })],
      25,
    ],
    ['no key', [stream({ source_defined_primary_key: [] })], 26],
    ['a key that is not there', [stream({ source_defined_primary_key: [['key']] })], 26],
    ['a key that is an object', [stream({ source_defined_primary_key: [['x']] }, { x: OPEN })], 26],
    ['a cursor that is not there', [stream({ default_cursor_field: ['then'] })], 26],
    ['no cursor', [stream({ default_cursor_field: [] })], 26],
    [
      'a cursor of nothing',
      [stream({ supported_sync_modes: ['full_refresh'], source_defined_cursor: true })],
      26,
    ],
    ['a column without a type', [stream({}, { x: {} })], 27],
    ['an object without properties', [stream({}, { x: { ...OPEN, properties: undefined } })], 27],
    [
      'one in the items of a nullable list',
      [stream({}, { x: { type: ['null', 'array'], items: { type: 'object', additionalProperties: true } } })],
      27,
    ],
    [
      'one deep below',
      [
        stream(
          {},
          {
            x: {
              ...OPEN,
              properties: { items: { ...OPEN, type: ['null', 'object'], properties: undefined } },
            },
          },
        ),
      ],
      27,
    ],
    [
      'one in a union',
      [stream({}, { x: { anyOf: [{ type: 'null' }, { ...OPEN, properties: undefined }] } })],
      27,
    ],
    ['an object that may look closed', [stream({}, { x: { ...OPEN, additionalProperties: {} } })], 27],
    ['a list without items', [stream({}, { x: { type: 'array' } })], 27],
    ['columns that differ in case', [stream({}, { ID: { type: 'string' } })], 27],
    [
      'a closed schema',
      [stream({ json_schema: { ...stream().json_schema, additionalProperties: false } })],
      27,
    ],
  ])('finds %s', async (_, streams, rule) => {
    expect((await catalogFindings(streams)).map((finding) => finding.rule)).toEqual([rule]);
  });

  it('lets pass what is said to have no key, and a property that is called not', async () => {
    const names = { not: { type: 'string' }, items: OPEN, properties: OPEN };
    const odd = stream({ source_defined_primary_key: [] }, { ...names, x: { ...OPEN, properties: names } });
    expect(await catalogFindings([odd], ['a'])).toEqual([]);
  });
});

describe('compatibility with the last release (28)', () => {
  it('finds nothing in more', () => {
    expect(specChanges(specOf(good), specOf({ ...good, more: { type: 'string' } }))).toEqual([]);
    expect(
      catalogChanges([stream()], [stream({}, { more: { type: 'string' } }), stream({ name: 'b' })]),
    ).toEqual([]);
  });

  it.each<[what: string, after: Properties, required?: string[]]>([
    ['a property gone', { ...good, url: undefined as never }],
    ['another type', { ...good, url: { type: 'integer' } }],
    ['a type less', { ...good, level: { type: 'integer', enum: [1, 2] } }],
    ['a value less', { ...good, level: { type: ['integer', 'null'], enum: [1] } }],
    ['values where there were none', { ...good, url: { type: 'string', enum: ['x'] } }],
    ['more that is required', good, ['url']],
    [
      'a variant gone',
      {
        ...good,
        credentials: { ...good.credentials, oneOf: (good.credentials!.oneOf as object[]).slice(1) },
      },
    ],
    ['items of another type', { ...good, names: { type: 'array', items: { type: 'integer' } } }],
  ])('of a spec: finds %s', (_, after, required) => {
    const kept = Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined));
    expect(specChanges(specOf(good), specOf(kept, required ? { required } : {}))).toHaveLength(1);
  });

  it.each<[what: string, after: CatalogStream[]]>([
    ['a stream gone', []],
    ['another key', [stream({ source_defined_primary_key: [['at']] })]],
    ['another cursor', [stream({ default_cursor_field: ['id'] })]],
    ['a mode less', [stream({ supported_sync_modes: ['full_refresh'] })]],
    ['a column gone', [stream({ json_schema: { type: 'object', properties: { id: { type: 'string' } } } })]],
    ['another type', [stream({}, { id: { type: 'integer' } })]],
    ['a type more', [stream({}, { id: { type: ['string', 'integer'] } })]],
  ])('of a catalog: finds %s', (_, after) => {
    expect(catalogChanges([stream()], after)).toHaveLength(1);
  });
});

it('what may appear nowhere of a config: its secrets, also as Basic sends them', () => {
  const config = {
    url: 'http://x',
    token: 'a-long-secret',
    credentials: { by: 'token', a: 'me@example.com' },
  };
  const { find, isEmpty } = secretFinder(specOf(good), config);
  expect(isEmpty).toBe(false);
  expect(find('a state of {"position":"a-long-secret"}')).toEqual(['"position":"****"}']);
  expect(find(Buffer.from('me@example.com:a-long-secret').toString('base64'))).toHaveLength(1);
  expect(find('nothing, or ****')).toEqual([]);
  expect(secretFinder(specOf(good), { ...config, token: 'short' }).isEmpty).toBe(true);
});
