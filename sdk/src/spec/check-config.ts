import type { ConfigError } from '../errors.ts';
import { coerce } from './coerce.ts';
import { credentialFlaws } from './credential-text.ts';
import type { Schema } from './narrow.ts';
import { normalize } from './normalize.ts';
import { validateConfig } from './validate-config.ts';

/** How a config came to be what it is. */
export interface CheckOptions {
  /** As it was written, before its references were expanded; errors name the variables. */
  readonly written?: unknown;
  /** Numbers and truth values are such; → false: they may be strings, as the environment has them. */
  readonly isTyped?: boolean;
  /** Keys that the schema does not have; see `validateConfig`. */
  readonly unknown?: 'refused' | 'allowed';
}

/**
 * A config as a connector made with this SDK takes it: normalized (`normalize`), with numbers and truth values as the
 * schema wants them, validated. The runner and the connectors read the same file in the same way.
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
  // One mistake a place: what is empty is not too short as well.
  const places = new Set<string | undefined>();
  const errors = all.filter(({ place }) => !places.has(place) && places.add(place));
  return { value, errors };
}
