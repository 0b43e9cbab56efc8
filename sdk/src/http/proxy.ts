import { Buffer } from 'node:buffer';
import { ConfigError } from '../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The proxies set in the environment. */
export interface Proxies {
  /** For `http:` and `https:` URLs; undefined if there is none. */
  readonly http: Proxy | undefined;
  readonly https: Proxy | undefined;
  /** Scrubbed from all output (invariant 6). */
  readonly secrets: readonly string[];
}

interface Proxy {
  /** The environment variable that it comes from. */
  readonly name: string;
  readonly url: string;
}

const KINDS = /^(https?|socks5?):$/;

/**
 * Reads the proxy variables as curl does: lower case has priority, a proxy without a scheme is an http one, and
 * HTTPS URLs use HTTP_PROXY if HTTPS_PROXY is not set.
 * @throws ConfigError (`http.bad_proxy`), which names the variable but not its value, as that may contain a
 *   password
 */
export function proxiesOf(env: Env): Proxies {
  const http = proxyOf(env, ['http_proxy', 'HTTP_PROXY']);
  const https = proxyOf(env, ['https_proxy', 'HTTPS_PROXY']) ?? http;
  return { http, https, secrets: [http, https].flatMap((proxy) => (proxy ? secretsOf(proxy) : [])) };
}

function proxyOf(env: Env, names: readonly string[]): Proxy | undefined {
  const name = names.find((one) => env[one] !== undefined);
  const text = name === undefined ? '' : env[name]!.trim();
  if (name === undefined || text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url || url.hostname === '') throw bad(name, 'is not an address');
  if (!KINDS.test(url.protocol)) throw bad(name, `is of a kind that is not known (${url.protocol}//)`);
  try {
    decodeURIComponent(url.username + url.password);
  } catch (error) {
    throw bad(name, 'has a user or a password that is not percent-encoded', error);
  }
  return { name, url: url.href };
}

function bad(name: string, what: string, cause?: unknown): ConfigError {
  return new ConfigError(`the proxy in the environment variable ${name} ${what}`, {
    code: 'http.bad_proxy',
    place: name,
    hint: 'write it as http://host:port or http://user:password@host:port, with % codes for special characters',
    cause,
  });
}

function secretsOf({ url }: Proxy): string[] {
  const { username, password } = new URL(url);
  if (password === '') return [];
  const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
  return [secret, Buffer.from(`${user}:${secret}`).toString('base64')];
}

/**
 * The status with which a proxy refused a request. undici reports it only in its message.
 * @returns undefined for all other errors
 */
export function proxyStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const said = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(error.message)?.[1];
  return said === undefined ? proxyStatus(error.cause) : Number(said);
}

/**
 * The error for a proxy that refuses requests. Retrying would not help.
 * @param name the proxy's variable
 * @param host the host that the request was for
 * @param place the request: method and path
 */
export function proxyError(status: number, name: string, host: string, place: string): ConfigError {
  if (status === 407)
    return new ConfigError(`the proxy of ${name} does not accept its user and password (407)`, {
      code: 'http.proxy_credentials',
      place,
      hint: `set ${name} to http://user:password@host:port, with % codes for special characters`,
    });
  return new ConfigError(`the proxy of ${name} does not let requests through to ${host} (${status})`, {
    code: 'http.proxy_refused',
    place,
    hint: 'have the host allowed at the proxy, or name it in NO_PROXY if it can be reached without one',
  });
}
