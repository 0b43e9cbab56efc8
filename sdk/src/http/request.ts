import { ConfigError } from '../errors.ts';

/** One request as a connector writes it. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'HEAD';
  /**
   * Below the base URL, beginning with a slash; or an absolute URL, as a vendor names its next page: of the
   * base URL's host, else it is refused.
   */
  readonly path: string;
  /** A list is a parameter that comes once for each value. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form, `application/x-www-form-urlencoded`, instead of `body`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Names in lower case. They go before the client's own and behind what signs it in. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a request goes, and its name for errors and logs: method and path, no query (invariant 6). */
export interface Target {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly name: string;
}

/**
 * What all requests go below. @throws ConfigError if it is no address (`http.bad_base_url`), or holds credentials
 * (`http.credentials_in_url`): nobody would use them, and addresses are shown (invariant 6)
 */
export function baseOf(url: string): URL {
  const base = URL.parse(url);
  const shown = url.replace(/[^/]*@/, '');
  if (base?.username || base?.password) {
    throw new ConfigError(`the address ${shown} has a user or password in it, which is not used`, {
      code: 'http.credentials_in_url',
      place: 'config.base_url',
      hint: 'take what stands before the @ away: there are options for credentials',
    });
  }
  if (base && /^https?:$/.test(base.protocol)) return base;
  throw new ConfigError(`${shown} is not an address that can be asked`, {
    code: 'http.bad_base_url',
    place: 'config.base_url',
    hint: 'write it as in the browser: https://host, or https://host:port/path',
  });
}

/** @throws ConfigError where an absolute URL is of another host: credentials go nowhere else */
export function targetOf(base: URL, { method = 'GET', path, query = {} }: ApiRequest): Target {
  const prefix = base.pathname.replace(/\/+$/, '');
  const url =
    path.startsWith('/') && !path.startsWith('//') ? new URL(base.origin + prefix + path) : held(path, base);
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    // What the path says of a parameter, as a vendor's next link does, is replaced.
    url.searchParams.delete(key);
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
  }
  return { origin: base.origin, path: url.pathname + url.search, name: `${method} ${url.pathname}` };
}

/** See `HttpClient.follow`. */
export function followed(base: URL, request: ApiRequest, reference: string): ApiRequest {
  const current = targetOf(base, request);
  const path = URL.parse(reference, current.origin + current.path)?.href ?? reference;
  held(path, base);
  return { ...request, path, query: undefined };
}

function held(path: string, base: URL): URL {
  const url = URL.canParse(path) ? new URL(path) : undefined;
  // A server behind a proxy often writes http: for its own https: address. The base URL's is what is used.
  if (url && url.host === base.host && /^https?:$/.test(url.protocol)) return url;
  throw new ConfigError(`the server names an address on ${url?.host || 'no host'}, not on ${base.host}`, {
    code: 'http.other_host',
    place: `GET ${url?.pathname ?? ''}`,
    hint: 'set base_url to the address under which the server knows itself; credentials go nowhere else',
  });
}
