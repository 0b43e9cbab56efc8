import type { ConnectorSpecification } from '../../protocol/messages.ts';
import { MASK, Secrets } from '../../protocol/secrets.ts';
import { secretsOf } from '../../spec/secrets-of.ts';

/** Shorter values may occur in a text by chance. */
const SHORTEST = 8;
const AROUND = 12;

/** Finds a config's secrets in a text: the values that the spec marks as secret, in every form. */
export interface SecretFinder {
  /** Whether the config has no secrets. */
  readonly isEmpty: boolean;
  /** Each occurrence of a secret in a text, with its context; an empty list if there is none. */
  find(text: string): string[];
}

export function secretFinder(spec: ConnectorSpecification, config: unknown): SecretFinder {
  const values = secretsOf(spec.connectionSpecification, config).filter((text) => text.length >= SHORTEST);
  const secrets = new Secrets(values);
  return {
    isEmpty: values.length === 0,
    find(text) {
      // A scrubbed secret does not count.
      const parts = secrets.scrub(text.replaceAll(MASK, '')).split(MASK);
      return parts
        .slice(1)
        .map((after, k) => `${(parts[k] as string).slice(-AROUND)}${MASK}${after.slice(0, AROUND)}`);
    },
  };
}
