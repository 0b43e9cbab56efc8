import type { Call } from '../../http/call.ts';
import { Refusal } from '../../http/refusal.ts';

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
