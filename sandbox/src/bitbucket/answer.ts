import * as http from '../http/answer.ts';
import { Refusal } from '../http/refusal.ts';
import type { ByteWriter } from '../http/writer.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

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

/** Bitbucket's error body. `detail` is a text or an object, as the vendor has it; `data` is machine-readable. */
export function problem(
  status: number,
  message: string,
  more: { detail?: unknown; data?: unknown } = {},
): http.Answer {
  return json({ type: 'error', error: { message, ...more } }, status);
}

/** A refusal whose error body has a `detail` or `data`. */
export function refuse(
  status: number,
  message: string,
  more: { detail?: unknown; data?: unknown } = {},
): Refusal {
  return new Refusal(message, status, problem(status, message, more));
}
