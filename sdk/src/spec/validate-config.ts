import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { ConfigError } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import { didYouMean } from './did-you-mean.ts';
import { narrow, type Schema } from './narrow.ts';
import { own } from './own.ts';

/** One instance per schema, so that names and references of one connector's schema don't reach another's. */
function newAjv(): Ajv {
  const ajv = new Ajv({
    // Otherwise `constructor` and `toString` would count as present in every object.
    ownProperties: true,
    allErrors: true,
    strict: false,
    verbose: true,
    // Our schemas are generated from definitions. Validating them at each start would take longer than everything
    // else.
    validateSchema: false,
    // Ajv would print its own warnings about a schema.
    logger: false,
  });
  ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d{2}-\d{2}/.test(text));
  ajv.addFormat('date', (text) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d{2}-\d{2}$/.test(text));
  ajv.addFormat('uri', (text) => URL.canParse(text));
  return ajv;
}

/** Cached validators for schemas without variants: a jobs file can have thousands of values for one schema. */
const compiled = new WeakMap<Schema, ValidateFunction>();

function checkerOf(schema: Schema, value: unknown): { narrowed: Schema; check: ValidateFunction } {
  const known = compiled.get(schema);
  if (known) return { narrowed: schema, check: known };
  if (hasVariants(schema)) {
    const narrowed = narrow(schema, value);
    return { narrowed, check: newAjv().compile(narrowed) };
  }
  const check = newAjv().compile(schema);
  compiled.set(schema, check);
  return { narrowed: schema, check };
}

function hasVariants({ oneOf, properties = {} }: Schema): boolean {
  return oneOf !== undefined || Object.values(properties).some(hasVariants);
}

/**
 * Returns all mistakes in a config, each with its place and a hint; an empty list if there are none.
 * @param unknown what to do with keys that are not in the schema: they are mistakes (`refused`), they are accepted
 *   (`allowed`; the platform adds some), or they are mistakes unless `additionalProperties` or a pattern covers
 *   them (`as the schema says`)
 * @param place names the value in errors: `config`, `jobs.jira.source.config`
 */
export function validateConfig(
  schema: Schema,
  value: unknown,
  place: string,
  unknown: 'refused' | 'allowed' | 'as the schema says' = 'refused',
): ConfigError[] {
  const { narrowed, check } = checkerOf(schema, value);
  const errors = check(value) ? [] : (check.errors ?? []).map((error) => readable(error, place));
  if (unknown !== 'allowed') unknownKeys(narrowed, value, place, unknown !== 'refused', errors);
  return errors;
}

function unknownKeys(
  schema: Schema,
  value: unknown,
  place: string,
  mayAllow: boolean,
  errors: ConfigError[],
): void {
  if (!isObject(value) || !schema.properties) return;
  const names = Object.keys(schema.properties);
  for (const [key, item] of Object.entries(value)) {
    const sub = own(schema.properties, key);
    if (sub) unknownKeys(sub, item, `${place}.${key}`, mayAllow, errors);
    else if (!key.startsWith('_') && !(mayAllow && allows(schema, key))) {
      const near = didYouMean(key, names);
      const hint = near ? `did you mean ${near}?` : `there are: ${names.join(', ')}`;
      errors.push(
        new ConfigError(`${key} is not an option`, {
          code: 'config.unknown_field',
          place: `${place}.${key}`,
          hint,
        }),
      );
    }
  }
}

function allows({ additionalProperties: others, patternProperties: patterns }: Schema, key: string): boolean {
  if (others === true || isObject(others)) return true;
  return isObject(patterns) && Object.keys(patterns).some((pattern) => new RegExp(pattern, 'u').test(key));
}

function readable(error: ErrorObject, root: string): ConfigError {
  const place =
    root +
    error.instancePath
      .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
      .replaceAll('/', '.')
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
  const schema = error.parentSchema as Schema | undefined;
  const hint = schema?.description;
  switch (error.keyword) {
    case 'required': {
      const key = String(error.params.missingProperty);
      const at = `${place}.${key}`;
      return new ConfigError(`${at} is required`, {
        code: 'config.field_required',
        place: at,
        hint: own(schema?.properties, key)?.description,
      });
    }
    case 'type':
      return new ConfigError(`must be ${article(String(error.params.type))}`, {
        code: 'config.wrong_type',
        place,
        // YAML reads unquoted 20261130, 1.10 and true as a number or boolean.
        hint:
          [error.params.type].flat().includes('string') && /^(?:number|boolean)$/.test(typeof error.data)
            ? 'quote it'
            : hint,
      });
    case 'enum': {
      const allowed = (error.params.allowedValues as unknown[]).map(String);
      const near = typeof error.data === 'string' ? didYouMean(error.data, allowed) : undefined;
      return new ConfigError(`must be one of ${allowed.join(', ')}`, {
        code: 'config.not_allowed',
        place,
        hint: near ? `did you mean ${near}?` : hint,
      });
    }
    case 'pattern':
      return new ConfigError(`must look like ${schema?.pattern_descriptor ?? schema?.pattern}`, {
        code: 'config.bad_format',
        place,
        hint,
      });
    case 'format':
      return new ConfigError(`must be a ${FORMATS[error.params.format as string] ?? error.params.format}`, {
        code: 'config.bad_format',
        place,
        hint,
      });
    default:
      return new ConfigError(error.message ?? 'is not valid', {
        code: `config.${error.keyword}`,
        place,
        hint,
      });
  }
}

/** Readable names for formats. */
const FORMATS: Readonly<Record<string, string>> = { uri: 'URL', 'date-time': 'date with a time' };

function article(type: string): string {
  const name = type === 'object' ? 'mapping of names to values' : type === 'array' ? 'list' : type;
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}
