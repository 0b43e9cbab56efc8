import { isObject } from '../protocol/is-object.ts';
import { narrow, type Schema } from './narrow.ts';

/**
 * A copy of `value` in which a string that says a number or a truth value is that, where the schema wants
 * one: what comes out of the environment is always a string.
 * @param number makes a number of its text; → a number, and the text itself if a double has not that many digits
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
  // A copy only where something is in it: what is no plain object stays what it is.
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

/** A whole number that a double would round stays text: the check of the schema then refuses it. */
function asDouble(text: string): unknown {
  const value = Number(text);
  return text.includes('.') || Number.isSafeInteger(value) ? value : text;
}
