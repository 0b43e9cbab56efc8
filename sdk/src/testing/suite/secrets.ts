import { Buffer } from 'node:buffer';
import type { ConnectorSpecification } from '../../protocol/messages.ts';
import { secretsOf } from '../../spec/narrow.ts';

/** Shorter ones may stand in a text by chance. */
const SHORTEST = 8;

/** What of a config may appear nowhere: the values that the spec marks as secret, also as Basic sends them. */
export function secretTexts(spec: ConnectorSpecification, config: unknown): string[] {
  const secrets = secretsOf(spec.connectionSpecification, config).filter((text) => text.length >= SHORTEST);
  const others = strings(config).filter((text) => !secrets.includes(text));
  const basic = secrets.flatMap((secret) =>
    others.map((user) => Buffer.from(`${user}:${secret}`).toString('base64')),
  );
  return [...secrets, ...secrets.map((secret) => Buffer.from(secret).toString('base64')), ...basic];
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}
