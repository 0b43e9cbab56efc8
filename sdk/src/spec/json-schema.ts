import { z } from 'zod';
import type { Schema } from './narrow.ts';

const LONG_PATTERNS = new Set(['date-time', 'date', 'uri', 'email']);

/**
 * Converts a zod schema to draft-7 JSON schema in the form that Airbyte's UI and acceptance tests expect:
 * `.meta()` is kept (`airbyte_secret`, `order`, `title`, …), discriminated unions become `oneOf` with a constant,
 * and there is no `$ref`, no `additionalProperties: false` and no multi-line pattern. Runs when `specs/` is
 * generated, never in a running connector.
 */
export function jsonSchemaOf(schema: z.ZodType): Schema {
  const json = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    reused: 'inline',
    unrepresentable: 'throw',
  });
  return clean(json as Schema);
}

function clean(node: Schema): Schema {
  const out: Schema = { ...node };
  delete out.id;
  if (out.additionalProperties === false) delete out.additionalProperties;
  if (
    typeof out.format === 'string' &&
    LONG_PATTERNS.has(out.format) &&
    String(out.pattern ?? '').length > 200
  )
    delete out.pattern;
  for (const bound of ['minimum', 'maximum'] as const) {
    // zod adds the safe-integer bounds to every integer. They tell a user nothing.
    if (Math.abs(Number(out[bound])) === Number.MAX_SAFE_INTEGER) delete out[bound];
  }
  if (out.properties) out.properties = mapValues(out.properties, clean);
  if (out.items) out.items = clean(out.items);
  if (out.oneOf) {
    out.type = 'object';
    out.oneOf = out.oneOf.map(clean);
  }
  return out;
}

function mapValues<T, U>(object: Record<string, T>, fn: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, fn(value)]));
}
