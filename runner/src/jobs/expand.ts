import { ConfigError, own } from '@headrace/sdk/spec';
import { isWritten } from '../engine/numbers.ts';
import { type Path, pathText } from './places.ts';

/** What a reference in a jobs file can name. */
export interface References {
  readonly tenant: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The value of `${secret:name.key}`. @throws ConfigError if there is none */
  secret(reference: string): string;
}

const REFERENCE = /\$(?:\$|\{([^}]*)\})/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A copy of `value` with `${ENV}`, `${tenant}` and `${secret:name.key}` in its strings replaced and `$$` by
 * one dollar, in one pass: a value that was filled in is never expanded again.
 * @param errors gets every reference that cannot be resolved, placed by its path
 */
export function expand(value: unknown, from: References, path: Path, errors: ConfigError[]): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (reference, name?: string) => {
      if (name === undefined) return '$';
      try {
        return resolve(name, from);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        errors.push(
          new ConfigError(error.message, { code: error.code, place: pathText(path), hint: error.hint }),
        );
        return reference;
      }
    });
  }
  if (Array.isArray(value)) return value.map((item, k) => expand(item, from, [...path, k], errors));
  if (typeof value !== 'object' || value === null || isWritten(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expand(item, from, [...path, key], errors)]),
  );
}

function resolve(name: string, from: References): string {
  if (name === 'tenant') return from.tenant;
  if (name.startsWith('secret:')) return from.secret(name.slice('secret:'.length));
  if (!VARIABLE.test(name)) {
    throw new ConfigError(`\${${name}} names nothing`, {
      code: 'config.bad_reference',
      hint: 'write ${NAME}, ${tenant} or ${secret:name.key}, or $$ for a dollar',
    });
  }
  const found = own(from.env, name);
  if (found === undefined) {
    throw new ConfigError(`the variable ${name} is not set`, {
      code: 'config.variable_not_set',
      hint: `set ${name} in the environment or in .env beside the jobs file; if the connector is to get \${${name}} itself, write $$\{${name}}`,
    });
  }
  return found;
}
