import { hashText } from '../../http/random.ts';
import { JqlError } from './lexer.ts';
import type { Position } from './scan.ts';

const SEVEN_DAYS = 7 * 86_400_000;
const BAD_TOKEN = 'The provided next page token is invalid or has expired.';

/** An opaque `nextPageToken`: the last sort position, the query it belongs to, and its time of issue. */
export function tokenOf(position: Position, jql: string, now: number): string {
  return Buffer.from(JSON.stringify([hashText(jql), now, position.n, ...position.keys])).toString(
    'base64url',
  );
}

/**
 * Decodes a token. Throws {@link JqlError} if it is malformed, belongs to another query, or is older than seven days.
 */
export function positionOf(token: unknown, jql: string, now: number): Position {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(String(token), 'base64url').toString());
  } catch {
    throw new JqlError(BAD_TOKEN);
  }
  if (!Array.isArray(parts)) throw new JqlError(BAD_TOKEN);
  const [query, issued, n, ...keys] = parts;
  const sound = query === hashText(jql) && now - issued < SEVEN_DAYS && Number.isInteger(n);
  if (!sound || !keys.every((key) => typeof key === 'number' || typeof key === 'string'))
    throw new JqlError(BAD_TOKEN);
  return { n, keys };
}
