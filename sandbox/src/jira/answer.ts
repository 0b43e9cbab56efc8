import * as http from '../http/answer.ts';
import type { ByteWriter } from '../http/writer.ts';

/** As measured on Jira Cloud: no space, upper-case charset. */
const JSON_TYPE = 'application/json;charset=UTF-8';

/** An answer with a JSON value. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): http.Answer {
  return http.json(value, status, { 'Content-Type': JSON_TYPE, ...headers });
}

/** An answer whose body is already JSON bytes. */
export function raw(
  body: Buffer | ByteWriter,
  status = 200,
  headers: Record<string, string> = {},
): http.Answer {
  return http.raw(body, status, { 'Content-Type': JSON_TYPE, ...headers });
}

/** Jira's error body. */
export function errors(status: number, ...errorMessages: string[]): http.Answer {
  return json({ errorMessages, errors: {} }, status);
}
