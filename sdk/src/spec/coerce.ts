import { isObject, narrow, type Schema } from './narrow.ts';

/**
 * A copy of `value` in which a string that says a number or a truth value is that, where the schema wants
 * one: what comes out of the environment is always a string.
 */
export function coerce(schema: Schema, value: unknown): unknown {
  return walk(narrow(schema, value), value);
}

function walk(schema: Schema, value: unknown): unknown {
  if (typeof value === 'string') return read(schema.type, value);
  if (Array.isArray(value)) return value.map((item) => (schema.items ? walk(schema.items, item) : item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const sub = schema.properties?.[key];
      return [key, sub ? walk(sub, item) : item];
    }),
  );
}

function read(type: Schema['type'], text: string): unknown {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}
