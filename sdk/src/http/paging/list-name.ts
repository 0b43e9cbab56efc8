import type { ApiRequest } from '../request.ts';

/** A list as errors name it: method and path, no query and no host (invariant 6). */
export function listName({ method = 'GET', path }: ApiRequest): string {
  const url = URL.parse(path, 'http://host');
  return `${method} ${url?.pathname ?? path}`;
}

/** The same without ids: what lists of one kind have in common. */
export function endpointName(request: ApiRequest): string {
  return listName(request).replace(ID, '/{id}');
}

/** Numbers, UUIDs and long hexadecimal ids, and keys as `OPS-7`. */
const ID = /\/(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|[A-Z][A-Z0-9_]*-\d+)(?=\/|$)/g;
