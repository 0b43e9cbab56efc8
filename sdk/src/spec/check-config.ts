import type { ConfigError } from '../errors.ts';
import { coerce } from './coerce.ts';
import { credentialFlaws } from './credential-text.ts';
import type { Schema } from './narrow.ts';
import { normalize } from './normalize.ts';
import { validateConfig } from './validate-config.ts';

/** How to check a config. */
export interface CheckOptions {
  /** The config before its references were expanded; errors name the variables. */
  readonly written?: unknown;
  /**
   * Whether numbers and booleans must have those types. Default: false; strings are accepted too, because
   * environment variables are always strings.
   */
  readonly isTyped?: boolean;
  /** What to do with keys that the schema does not have; see `validateConfig`. */
  readonly unknown?: 'refused' | 'allowed';
}

/**
 * Normalizes (see `normalize`), coerces and validates a config. The runner and the connectors both use this, so
 * they treat the same file the same way.
 * @param place names the value in errors: `config`, `jobs.jira.source.config`
 * @returns the value to use, without defaults, and every mistake in it
 */
export function checkConfig(
  schema: Schema,
  given: unknown,
  place: string,
  { written = given, isTyped = false, unknown = 'refused' }: CheckOptions = {},
): { readonly value: unknown; readonly errors: readonly ConfigError[] } {
  const { value: normal, errors: empty } = normalize(schema, given, place);
  const value = isTyped ? normal : coerce(schema, normal);
  const all = [
    ...empty,
    ...credentialFlaws(schema, value, place, written),
    ...validateConfig(schema, value, place, unknown),
  ];
  // Report only one mistake per place: don't also report an empty value as too short.
  const places = new Set<string | undefined>();
  const errors = all.filter(({ place }) => !places.has(place) && places.add(place));
  return { value, errors };
}
