import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';

/** Keywords whose value is a schema or a list of schemas, and those with names that have a schema each. */
const SCHEMAS = ['items', 'additionalItems', 'additionalProperties', 'oneOf', 'anyOf', 'allOf'];
const NAMED = ['properties', 'patternProperties', 'definitions', '$defs'];

/**
 * A schema with each schema in it replaced by what `change` makes of it, one level deep. A property may be called
 * `items`: what is a keyword depends on where it stands.
 * @param change given the part and the keywords that lead to it: `properties/id`
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
