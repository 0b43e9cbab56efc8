import type { ByteWriter } from '../writer.ts';

/** What a route answers; the server adds the Date and sends it, or a fault garbles it. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** A writer is given back to the pool when the answer is out. */
  body: Buffer | ByteWriter;
}

/** As measured on Jira Cloud: no space, upper-case charset. */
const JSON_TYPE = 'application/json;charset=UTF-8';

/** An answer of plain values. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return raw(Buffer.from(JSON.stringify(value)), status, headers);
}

/** An answer whose JSON is already bytes. */
export function raw(body: Buffer | ByteWriter, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Content-Type': JSON_TYPE, ...headers }, body };
}

/** The vendor's error body. */
export function errors(status: number, ...errorMessages: string[]): Answer {
  return json({ errorMessages, errors: {} }, status);
}
