import { ConfigError, ConfigErrors } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import type { ConnectorSpecification, JsonObject } from '../protocol/messages.ts';
import { readInput } from '../runtime/read-input.ts';
import { checkConfig } from '../spec/check-config.ts';
import { interpolate } from '../spec/interpolate.ts';
import { secretsOf } from '../spec/secrets-of.ts';
import { nameTwice, parseJson } from './parse-json.ts';

export interface LoadedConfig {
  /** The validated config, with defaults filled in. */
  readonly config: unknown;
  readonly secrets: readonly string[];
}

/**
 * Reads a `--config` file without expanding or validating it.
 * @throws ConfigError if it is not a JSON object
 */
export async function readConfig(path: string): Promise<JsonObject> {
  const { text } = await readInput(path, '--config');
  const raw = parseJson(text, '--config');
  const twice = nameTwice(text);
  if (twice)
    throw new ConfigError(`${twice.name} appears twice`, {
      code: 'config.name_twice',
      place: `--config line ${twice.line}`,
      hint: 'one of them would be ignored: delete it',
    });
  if (!isObject(raw))
    throw new ConfigError('the configuration must be a JSON object', {
      code: 'config.wrong_type',
      place: '--config',
    });
  return raw;
}

/**
 * Whether references in the config are already resolved. They are on the platform, and if the caller has set
 * HEADRACE_CONFIG_RESOLVED=1.
 */
export function isResolved(env: Readonly<Record<string, string | undefined>>): boolean {
  return env.WORKER_JOB_ID !== undefined || env.HEADRACE_CONFIG_RESOLVED === '1';
}

/**
 * Expands, normalizes and validates a config. References are not expanded on the platform (WORKER_JOB_ID is set)
 * or if the caller has already resolved them (HEADRACE_CONFIG_RESOLVED=1). On the platform, unknown keys are
 * allowed because the platform adds some.
 * @throws ConfigErrors listing every mistake
 */
export function resolveConfig(
  raw: JsonObject,
  spec: ConnectorSpecification,
  schema: { parse(value: unknown): unknown },
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const onPlatform = env.WORKER_JOB_ID !== undefined;
  const expanded = isResolved(env) ? raw : interpolate(raw, env, 'config');
  const { value, errors } = checkConfig(spec.connectionSpecification, expanded, 'config', {
    written: raw,
    isTyped: onPlatform,
    unknown: onPlatform ? 'allowed' : 'refused',
  });
  if (errors.length > 0) throw new ConfigErrors(errors);
  return { config: parsed(schema, value), secrets: secretsOf(spec.connectionSpecification, value) };
}

/**
 * The definition's own schema rejects values that the JSON schema accepts, such as 1e999 and integers above 2^53.
 */
function parsed(schema: { parse(value: unknown): unknown }, value: unknown): unknown {
  try {
    return schema.parse(value);
  } catch (error) {
    const { issues } = error as { issues?: ReadonlyArray<{ path: PropertyKey[]; message: string }> };
    if (!Array.isArray(issues)) throw error;
    throw new ConfigErrors(
      issues.map(
        ({ path, message }) =>
          new ConfigError(isTooLarge(at(value, path)) ? 'is too large a number' : message, {
            code: 'config.not_allowed',
            place: ['config', ...path.map(String)].join('.'),
          }),
      ),
    );
  }
}

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);

const isTooLarge = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
