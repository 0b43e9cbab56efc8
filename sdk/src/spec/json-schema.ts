import { z } from 'zod';
import type { Schema } from './narrow.ts';

const LONG_PATTERNS = new Set(['date-time', 'date', 'uri', 'email']);

/**
 * A zod schema as draft-7 JSON schema, as Airbyte's form and its acceptance tests want it: `.meta()` kept
 * (`airbyte_secret`, `order`, `title`, …), discriminated unions as `oneOf` with a constant, no `$ref`, no
 * `additionalProperties: false`, no pattern of several lines. Runs when `specs/` is generated, never in a connector.
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
    // zod writes the safe-integer bounds of every integer; they say nothing to a person.
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
