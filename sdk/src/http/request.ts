import { ConfigError } from '../errors.ts';

/** One request, as a connector writes it. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'HEAD';
  /**
   * A path below the base URL, beginning with a slash. Or an absolute URL, as in a vendor's link to the next page;
   * it must have the base URL's host.
   */
  readonly path: string;
  /** A list becomes a parameter that is repeated for each value. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form, `application/x-www-form-urlencoded`, instead of `body`. A list becomes a repeated field. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  /** Names in lower case. They override the client's headers, but not those for authentication. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The target of a request, and its name in errors and logs: method and path, no query (invariant 6). */
export interface Target {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly name: string;
}

/**
 * Parses the base URL of all requests. @throws ConfigError if it is not a URL (`http.bad_base_url`) or contains
 * credentials (`http.credentials_in_url`), which would not be used and would be shown with the URL (invariant 6)
 */
export function baseOf(url: string): URL {
  const base = URL.parse(url);
  const shown = url.replace(/[^/]*@/, '');
  if (base?.username || base?.password) {
    throw new ConfigError(`the address ${shown} contains a user or password, which is not used`, {
      code: 'http.credentials_in_url',
      place: 'config.base_url',
      hint: 'remove the part before the @: credentials have their own options',
    });
  }
  if (base && /^https?:$/.test(base.protocol)) return base;
  throw new ConfigError(`${shown} is not a valid address`, {
    code: 'http.bad_base_url',
    place: 'config.base_url',
    hint: 'write it as in the browser: https://host, or https://host:port/path',
  });
}

/** @throws ConfigError if an absolute URL is on another host, because credentials must not be sent there */
export function targetOf(base: URL, { method = 'GET', path, query = {} }: ApiRequest): Target {
  const prefix = base.pathname.replace(/\/+$/, '');
  const url =
    path.startsWith('/') && !path.startsWith('//') ? new URL(base.origin + prefix + path) : held(path, base);
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    // Replaces a parameter that the path already contains, as in a vendor's link to the next page.
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
  // A server behind a proxy often writes http: in links although it is reached by https:. Use the base URL's
  // scheme.
  if (url && url.host === base.host && /^https?:$/.test(url.protocol)) return url;
  throw new ConfigError(`the server links to a page on ${url?.host || 'no host'}, not on ${base.host}`, {
    code: 'http.other_host',
    place: `GET ${url?.pathname ?? ''}`,
    hint: 'set base_url to the address that the server uses for itself; credentials are sent to no other host',
  });
}
