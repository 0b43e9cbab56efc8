import { isObject } from '../../protocol/is-object.ts';
import type { ApiRequest } from '../request.ts';

/**
 * A list's name in errors: method and path, without query and host (invariant 6). All lists of a GraphQL API have
 * the same path, so the body's `operationName` is added.
 */
export function listName({ method = 'GET', path, body }: ApiRequest): string {
  const url = URL.parse(path, 'http://host');
  const operation = isObject(body) ? body.operationName : undefined;
  return `${method} ${url?.pathname ?? path}${typeof operation === 'string' ? ` ${operation}` : ''}`;
}

/** The same without ids: the part that lists of the same kind share. */
export function endpointName(request: ApiRequest): string {
  return listName(request).replace(ID, '/{id}');
}

/** Numbers, UUIDs and long hexadecimal ids, and keys like `OPS-7`. */
const ID = /\/(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|[A-Z][A-Z0-9_]*-\d+)(?=\/|$)/g;
