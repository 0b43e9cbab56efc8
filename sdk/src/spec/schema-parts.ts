import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';

/** Keywords whose value is a schema or a list of schemas, and keywords whose value maps names to schemas. */
const SCHEMAS = ['items', 'additionalItems', 'additionalProperties', 'oneOf', 'anyOf', 'allOf'];
const NAMED = ['properties', 'patternProperties', 'definitions', '$defs'];

/**
 * A schema with each direct subschema replaced by the result of `change`. A property may be called `items`, so
 * whether a name is a keyword depends on its position.
 * @param change called with the subschema and the keywords that lead to it: `properties/id`
 */
export function mapParts(
  schema: JsonObject,
  change: (part: JsonObject, path: string) => JsonObject,
): JsonObject {
  const one = (value: unknown, path: string): unknown => (isObject(value) ? change(value, path) : value);
  const changed = (keyword: string, value: unknown): unknown => {
    if (NAMED.includes(keyword) && isObject(value)) {
      const named = Object.entries(value);
      return Object.fromEntries(named.map(([name, part]) => [name, one(part, `${keyword}/${name}`)]));
    }
    if (!SCHEMAS.includes(keyword)) return value;
    return Array.isArray(value)
      ? value.map((part, at) => one(part, `${keyword}/${at}`))
      : one(value, keyword);
  };
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, changed(keyword, value)]),
  );
}
