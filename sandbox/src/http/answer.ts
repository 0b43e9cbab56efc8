import type { ByteWriter } from './writer.ts';

/** A route's answer. The server adds the Date header, and sends it or applies a fault. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** A writer goes back to the pool once the answer is sent. */
  body: Buffer | ByteWriter;
  /** What follows the body, made while it is sent: for answers of any size. */
  rest?: Iterable<Buffer>;
}

/** An answer with a JSON value. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return raw(Buffer.from(JSON.stringify(value)), status, headers);
}

/**
 * An answer whose body is already JSON bytes. Vendors write the type in different ways, so give `Content-Type` where
 * that matters.
 */
export function raw(body: Buffer | ByteWriter, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Content-Type': 'application/json;charset=UTF-8', ...headers }, body };
}

/** A web page, such as a gateway's error or a login form. */
export function html(page: string, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Content-Type': 'text/html', ...headers }, body: Buffer.from(page) };
}

/** An answer in plain text. */
export function text(body: string, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Content-Type': 'text/plain', ...headers }, body: Buffer.from(body) };
}

/** An answer that sends the client elsewhere. */
export function redirect(location: string, status = 302): Answer {
  return { status, headers: { Location: location }, body: Buffer.alloc(0) };
}
