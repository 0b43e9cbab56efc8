import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ConfigErrors } from '../errors.ts';
import { jsonSchemaOf } from '../spec/json-schema.ts';
import { resolveConfig } from './config-input.ts';

const schema = z.object({ seconds: z.number().optional(), rows: z.number().int().optional() });
const spec = { connectionSpecification: jsonSchemaOf(schema) };

function mistakes(text: string, env: Record<string, string> = {}): string[] {
  try {
    resolveConfig(JSON.parse(text), spec, schema, env);
    return [];
  } catch (error) {
    return (error as ConfigErrors).errors.map(({ code, place, message }) => `${code} ${place}: ${message}`);
  }
}

test('a number that a double cannot hold is a mistake of its option', () => {
  expect(mistakes('{"seconds": 1e300, "rows": 9007199254740991}')).toEqual([]);
  expect(mistakes('{"seconds": 1e999}')).toEqual([
    'config.not_allowed config.seconds: is too large a number',
  ]);
  expect(mistakes('{"rows": 9007199254740993}')).toEqual([
    'config.not_allowed config.rows: is too large a number',
  ]);
  expect(mistakes('{"rows": "${ROWS}"}', { ROWS: '9007199254740993' })).toEqual([
    'config.wrong_type config.rows: must be an integer',
  ]);
});
