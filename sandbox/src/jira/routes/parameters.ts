import { Refusal } from '../http/refusal.ts';
import type { Call } from '../http/route.ts';
import type { Site } from '../site.ts';
import { type ByteWriter, byteWriter } from '../writer.ts';

/** Parses a request's body as a JSON object. Anything else is a 400 with the vendor's message. */
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

/** A list of strings from a body (`["a","b"]`) or a query (`a,b`, may be repeated). */
export function textsOf(value: unknown, name: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value.split(',');
  if (Array.isArray(value) && value.every((one) => typeof one === 'string' || typeof one === 'number'))
    return value.map(String);
  throw new Refusal(`Invalid request payload: ${name} must be a list of strings.`);
}

/** A query parameter that may be repeated, as a list. */
export function queryTexts(call: Call, name: string): string[] | undefined {
  const values = call.query.getAll(name);
  return values.length === 0 ? undefined : values.flatMap((value) => value.split(','));
}

/** A whole number, clamped to [least, most] like the vendor's list endpoints do. */
export function within(value: unknown, fallback: number, least: number, most: number, name: string): number {
  if (value === undefined || value === null || value === '') return fallback;
  const number = Number(value);
  if (!Number.isInteger(number))
    throw new Refusal(`Failed to convert '${name}' with value: '${String(value)}'`);
  return Math.min(Math.max(number, least), most);
}

/** An empty page buffer. The server takes it back after sending the answer. */
export function page(site: Site): ByteWriter {
  const out = site.spare.pop() ?? byteWriter();
  out.length = 0;
  return out;
}
