import { Buffer } from 'node:buffer';
import type { HttpEnv } from '../client.ts';

/** How requests prove who they are. */
export interface Auth {
  /** Called for every try of a request. What it throws ends the request. */
  headers(): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Scrubbed from everything that is said (invariant 6). */
  readonly secrets: readonly string[];
  /** Called by each `createHttp` that it is given to, before anything is asked. */
  bind?(env: HttpEnv): void;
  /**
   * Called once where a request with these headers was answered 401. True: there are others now, and the
   * request is sent again; false: the 401 is final.
   */
  renew?(refused: Readonly<Record<string, string>>): Promise<boolean>;
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

/** A key in a header of the vendor's own: `apiKey('x-api-key', key)`. Never in a URL (invariant 6). */
export function apiKey(header: string, key: string): Auth {
  const name = header.toLowerCase();
  return { headers: () => ({ [name]: key }), secrets: [key] };
}

/** A server that is open to everybody. */
export const anonymous: Auth = { headers: () => ({}), secrets: [] };
