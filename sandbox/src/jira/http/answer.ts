import type { ByteWriter } from '../writer.ts';

/** A route's answer. The server adds the Date header, and sends it or applies a fault. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** A writer goes back to the pool once the answer is sent. */
  body: Buffer | ByteWriter;
}

/** As measured on Jira Cloud: no space, upper-case charset. */
const JSON_TYPE = 'application/json;charset=UTF-8';

/** An answer with a JSON value. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return raw(Buffer.from(JSON.stringify(value)), status, headers);
}

/** An answer whose body is already JSON bytes. */
export function raw(body: Buffer | ByteWriter, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Content-Type': JSON_TYPE, ...headers }, body };
}

/** The vendor's error body. */
export function errors(status: number, ...errorMessages: string[]): Answer {
  return json({ errorMessages, errors: {} }, status);
}
