import { Buffer } from 'node:buffer';

/** How requests prove who they are. `secrets` are scrubbed from everything that is said (invariant 6). */
export interface Auth {
  headers(): Record<string, string>;
  readonly secrets: readonly string[];
}

/** HTTP Basic: an Atlassian API token goes with the account's e-mail address, a Jenkins one with its user. */
export function basic(user: string, password: string): Auth {
  const pair = Buffer.from(`${user}:${password}`).toString('base64');
  return { headers: () => ({ authorization: `Basic ${pair}` }), secrets: [password, pair] };
}

/** Bearer: personal access tokens, access tokens. */
export function bearer(token: string): Auth {
  return { headers: () => ({ authorization: `Bearer ${token}` }), secrets: [token] };
}

/** A server that is open to everybody. */
export const anonymous: Auth = { headers: () => ({}), secrets: [] };
