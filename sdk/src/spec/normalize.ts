import { ConfigError } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import { narrow, type Schema } from './narrow.ts';
import { own } from './own.ts';

/** A config without its unset options, and the mistakes that normalizing found. */
export interface Normalized {
  readonly value: unknown;
  readonly errors: readonly ConfigError[];
}

/**
 * Removes options that are not set. Forms, files and environments express "not set" in different ways: for an
 * optional option, absent, null, `""` and `[]` mean the same, and its default applies. For a required option, null
 * and `""` count as absent. Strings are trimmed, except secrets, and the scheme of a URL becomes lower case. An
 * empty entry in a list is a mistake, because it was probably meant to name something. Call this before anything
 * else looks at the values. Values listed in an `enum` or `const` are kept.
 * @param place names the value in errors: `config` gives `config.projects[1]`
 */
export function normalize(schema: Schema, value: unknown, place: string): Normalized {
  const errors: ConfigError[] = [];
  return { value: walk(narrow(schema, value), value, place, errors), errors };
}

function walk(schema: Schema, value: unknown, place: string, errors: ConfigError[]): unknown {
  if (typeof value === 'string') return text(schema, value);
  if (Array.isArray(value))
    return value.map((entry, k) => walkEntry(schema, entry, `${place}[${k}]`, errors));
  if (!isObject(value)) return value;
  const { properties = {}, required = [] } = schema;
  const out: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const sub = own(properties, key);
    const walked = sub ? walk(sub, item, `${place}.${key}`, errors) : item;
    if (!sub || !isNotSet(sub, walked, required.includes(key))) out.push([key, walked]);
  }
  return Object.fromEntries(out);
}

/** The scheme of a URL is case-insensitive: `HTTPS://acme.example`. */
function text({ airbyte_secret, format }: Schema, value: string): string {
  if (airbyte_secret === true) return value;
  const trimmed = value.trim();
  return format === 'uri' ? trimmed.replace(/^https?:/i, (scheme) => scheme.toLowerCase()) : trimmed;
}

function walkEntry({ items = {} }: Schema, entry: unknown, place: string, errors: ConfigError[]): unknown {
  const walked = walk(items, entry, place, errors);
  if ((walked === null || walked === '') && !isNamed(items, walked))
    errors.push(
      new ConfigError('this entry of the list is empty', {
        code: 'config.empty_entry',
        place,
        hint: 'leave the entry out, or the whole list if nothing is meant',
      }),
    );
  return walked;
}

function isNotSet(schema: Schema, value: unknown, isRequired: boolean): boolean {
  if (isNamed(schema, value)) return false;
  // A required option may be null if its type allows it.
  if (value === null) return !isRequired || ![schema.type].flat().includes('null');
  return value === '' || (!isRequired && Array.isArray(value) && value.length === 0);
}

function isNamed(schema: Schema, value: unknown): boolean {
  return schema.enum?.includes(value) === true || (schema.const !== undefined && schema.const === value);
}
