import type { ConnectorSpecification } from '../../protocol/messages.ts';
import { MASK, Secrets } from '../../protocol/secrets.ts';
import { secretsOf } from '../../spec/secrets-of.ts';

/** Shorter ones may stand in a text by chance. */
const SHORTEST = 8;
const AROUND = 12;

/** Finds what may appear nowhere of a config: the values that the spec marks as secret, in every form. */
export interface SecretFinder {
  /** Whether there is anything to find. */
  readonly isEmpty: boolean;
  /** Where a secret stands in a text, with what is around it; none: an empty list. */
  find(text: string): string[];
}

export function secretFinder(spec: ConnectorSpecification, config: unknown): SecretFinder {
  const values = secretsOf(spec.connectionSpecification, config).filter((text) => text.length >= SHORTEST);
  const secrets = new Secrets(values);
  return {
    isEmpty: values.length === 0,
    find(text) {
      // What was scrubbed already is no find.
      const parts = secrets.scrub(text.replaceAll(MASK, '')).split(MASK);
      return parts
        .slice(1)
        .map((after, k) => `${(parts[k] as string).slice(-AROUND)}${MASK}${after.slice(0, AROUND)}`);
    },
  };
}
