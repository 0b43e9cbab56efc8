import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';
import { Refusal } from './refusal.ts';

/** What a vendor finds out about a request before its route is looked up. */
export interface Access {
  /** The path as the route table has it: without a gateway's or a proxy's prefix. */
  path: string;
  /** Which credential came with the request: a name for it, never the secret. Undefined for anonymous callers. */
  caller?: string;
  /** Set if the caller is refused, whatever the route. */
  refusal?: Answer;
}

/** A request as a route sees it. */
export interface Call extends Access {
  method: string;
  /** As sent, with the query string and any prefix. */
  url: string;
  /** What stands at the `{name}`s of the template. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The raw request body. */
  body: string;
  /** Pagination fault to apply, where the route has pages. */
  paging?: 'repeat-token' | 'end-early';
}

const BODY_LIMIT = 10 * 1024 * 1024;

/** Reads a request to its end. Rejects if its body is larger than 10 MiB. */
export async function callOf(request: IncomingMessage): Promise<Call> {
  const { method = 'GET', url = '/', headers } = request;
  const [path = '/', search = ''] = url.split('?', 2);
  const body = await bodyOf(request);
  return { method, url, path, params: {}, query: new URLSearchParams(search), headers, body };
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_LIMIT) request.destroy(new Error('request body is too large'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

/** Where the client found the sandbox, such as `http://127.0.0.1:4010`: the beginning of links in answers. */
export function originOf(call: Call): string {
  return `http://${call.headers.host}`;
}

/** Parses a request's body as a JSON object. Anything else is a 400. */
export function objectOf(call: Call): Record<string, unknown> {
  if (call.body.trim() === '') throw new Refusal('No content to map to Object due to end of input');
  let value: unknown;
  try {
    value = JSON.parse(call.body);
  } catch {
    throw new Refusal('There was an error parsing JSON. Check that your request body is valid.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('Invalid request payload. Refer to the REST API documentation and try again.');
  }
  return value as Record<string, unknown>;
}
