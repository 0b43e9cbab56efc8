import { ConfigError, ConfigErrors } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import type { ConnectorSpecification, JsonObject } from '../protocol/messages.ts';
import { readInput } from '../runtime/read-input.ts';
import { checkConfig } from '../spec/check-config.ts';
import { interpolate } from '../spec/interpolate.ts';
import { secretsOf } from '../spec/secrets-of.ts';
import { nameTwice, parseJson } from './parse-json.ts';

export interface LoadedConfig {
  /** Validated, with defaults. */
  readonly config: unknown;
  readonly secrets: readonly string[];
}

/** Reads a `--config` as it stands. @throws ConfigError where it is no JSON object */
export async function readConfig(path: string): Promise<JsonObject> {
  const { text } = await readInput(path, '--config');
  const raw = parseJson(text, '--config');
  const twice = nameTwice(text);
  if (twice)
    throw new ConfigError(`${twice.name} stands twice`, {
      code: 'config.name_twice',
      place: `--config line ${twice.line}`,
      hint: 'one of them would be passed over: delete it',
    });
  if (!isObject(raw))
    throw new ConfigError('the configuration must be a JSON object', {
      code: 'config.wrong_type',
      place: '--config',
    });
  return raw;
}

/** Whether a config holds values and no references: on the platform, and where a caller has resolved it. */
export function isResolved(env: Readonly<Record<string, string | undefined>>): boolean {
  return env.WORKER_JOB_ID !== undefined || env.HEADRACE_CONFIG_RESOLVED === '1';
}

/**
 * Expands, normalizes and validates a config.
 * On the platform (WORKER_JOB_ID) and where a caller has resolved it (HEADRACE_CONFIG_RESOLVED=1) nothing
 * is expanded; keys that the platform adds are let pass there.
 * @throws ConfigErrors with every mistake at once
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

/** What the JSON schema cannot say, a definition says: 1e999 and whole numbers above 2^53 are none that it takes. */
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
