import { describe, expect, it } from 'vitest';
import { spelledOut } from './spelled-out.ts';

const OPEN = { properties: {}, additionalProperties: true };

describe('a schema that says all of itself', () => {
  it.each([
    ['an object', { type: 'object' }, { type: 'object', ...OPEN }],
    [
      'one of a union',
      { type: ['null', 'object', 'string'] },
      { type: ['null', 'object', 'string'], ...OPEN },
    ],
    ['a list', { type: ['null', 'array'] }, { type: ['null', 'array'], items: {} }],
    [
      'a list of objects',
      { type: 'array', items: { type: 'object' } },
      { type: 'array', items: { type: 'object', ...OPEN } },
    ],
    [
      'a list of lists',
      { type: 'array', items: { type: 'array' } },
      { type: 'array', items: { type: 'array', items: {} } },
    ],
    [
      'a tuple',
      { type: 'array', items: [{ type: 'object' }] },
      { type: 'array', items: [{ type: 'object', ...OPEN }] },
    ],
    [
      'one of several',
      { anyOf: [{ type: 'null' }, { type: 'object' }] },
      { anyOf: [{ type: 'null' }, { type: 'object', ...OPEN }] },
    ],
    [
      'other members',
      { type: 'object', additionalProperties: { type: 'object' } },
      { type: 'object', properties: {}, additionalProperties: { type: 'object', ...OPEN } },
    ],
    [
      'what Python takes for closed',
      { type: 'object', additionalProperties: {} },
      { type: 'object', ...OPEN },
    ],
    [
      'members of that name',
      { properties: { items: { type: 'object' }, type: { type: 'array' } } },
      { properties: { items: { type: 'object', ...OPEN }, type: { type: 'array', items: {} } } },
    ],
  ])('%s', (_, schema, whole) => expect(spelledOut(schema)).toEqual(whole));

  it('takes nothing away, and what is said stays', () => {
    const schema = {
      type: 'object',
      properties: { a: { enum: [{ type: 'object' }] } },
      additionalProperties: false,
    };
    expect(spelledOut(schema)).toEqual(schema);
    expect(spelledOut({})).toEqual({});
  });
});
