import { ConfigError, ConfigErrors } from '../errors.ts';
import { own } from './own.ts';

const REFERENCE = /\$(?:\$|\{([^}]*)\})/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A copy of `value` in which every `${NAME}` in a string is replaced from `env`, and `$$` by a single dollar sign.
 * Keys are left unchanged. Nothing is expanded on the platform: do not call this there.
 * @param place names the value in errors: `config` gives `config.credentials.api_token`
 * @throws ConfigErrors listing every variable that is not set
 */
export function interpolate<T>(
  value: T,
  env: Readonly<Record<string, string | undefined>>,
  place: string,
): T {
  const errors: ConfigError[] = [];
  const walk = (node: unknown, at: string): unknown => {
    if (typeof node === 'string') return expand(node, env, at, errors);
    if (Array.isArray(node)) return node.map((item, k) => walk(item, `${at}[${k}]`));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, `${at}.${key}`)]));
  };
  const out = walk(value, place) as T;
  if (errors.length > 0) throw new ConfigErrors(errors);
  return out;
}

function expand(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  place: string,
  errors: ConfigError[],
): string {
  return text.replace(REFERENCE, (reference, name?: string) => {
    if (name === undefined) return '$';
    if (!NAME.test(name)) {
      const hint = 'write ${NAME} with letters, digits and _, or $$ for a dollar';
      errors.push(
        new ConfigError(`${reference} names no environment variable`, {
          code: 'config.bad_reference',
          place,
          hint,
        }),
      );
      return reference;
    }
    const found = own(env, name);
    if (found === undefined) {
      const hint = `export ${name}=…, or write $$ where a dollar is meant`;
      errors.push(
        new ConfigError(`the environment variable ${name} is not set`, {
          code: 'config.variable_not_set',
          place,
          hint,
        }),
      );
      return reference;
    }
    return found;
  });
}
