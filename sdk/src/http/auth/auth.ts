import { Buffer } from 'node:buffer';
import type { HttpEnv } from '../client.ts';

/** How requests are authenticated. */
export interface Auth {
  /** Called for every try of a request. An error thrown here ends the request. */
  headers(): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Scrubbed from all output (invariant 6). */
  readonly secrets: readonly string[];
  /** Called by each `createHttp` that gets this object, before the first request. */
  bind?(env: HttpEnv): void;
  /**
   * Called once if a request with these headers got a 401. True: new headers are available, and the request is
   * sent again. False: the 401 is final.
   */
  renew?(refused: Readonly<Record<string, string>>): Promise<boolean>;
}

/**
 * HTTP Basic. An Atlassian API token is used with the account's e-mail address, a Jenkins token with its user
 * name.
 */
export function basic(user: string, password: string): Auth {
  const pair = Buffer.from(`${user}:${password}`).toString('base64');
  return { headers: () => ({ authorization: `Basic ${pair}` }), secrets: [password, pair] };
}

/** Bearer tokens: personal access tokens, access tokens. */
export function bearer(token: string): Auth {
  return { headers: () => ({ authorization: `Bearer ${token}` }), secrets: [token] };
}

/** A key in a vendor-specific header: `apiKey('x-api-key', key)`. Never in a URL (invariant 6). */
export function apiKey(header: string, key: string): Auth {
  const name = header.toLowerCase();
  return { headers: () => ({ [name]: key }), secrets: [key] };
}

/** For a server that needs no sign-in. */
export const anonymous: Auth = { headers: () => ({}), secrets: [] };
