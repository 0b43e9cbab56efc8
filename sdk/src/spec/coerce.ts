import { isObject } from '../protocol/is-object.ts';
import { narrow, type Schema } from './narrow.ts';

/**
 * A copy of `value` in which strings are converted to numbers and booleans if the schema asks for those types.
 * Values from the environment are always strings.
 * @param number converts text to a number. Default: a double, or the text itself if a double cannot hold all its
 *   digits
 */
export function coerce(schema: Schema, value: unknown, number: ReadNumber = asDouble): unknown {
  return walk(narrow(schema, value), value, number);
}

type ReadNumber = (text: string) => unknown;

function walk(schema: Schema, value: unknown, number: ReadNumber): unknown {
  if (typeof value === 'string') return read(schema.type, value, number);
  if (Array.isArray(value))
    return value.map((item) => (schema.items ? walk(schema.items, item, number) : item));
  if (!isObject(value)) return value;
  // Only copy an object that has properties in the schema; leave anything else as it is.
  const properties = Object.entries(schema.properties ?? {}).filter(([key]) => Object.hasOwn(value, key));
  if (properties.length === 0) return value;
  return {
    ...value,
    ...Object.fromEntries(properties.map(([key, sub]) => [key, walk(sub, value[key], number)])),
  };
}

function read(type: Schema['type'], text: string, number: ReadNumber): unknown {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return number(text);
  return text;
}

/** An integer that a double would round stays a string, so that validation rejects it. */
function asDouble(text: string): unknown {
  const value = Number(text);
  return text.includes('.') || Number.isSafeInteger(value) ? value : text;
}
