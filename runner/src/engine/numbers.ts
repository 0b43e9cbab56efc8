import type { Buffer } from 'node:buffer';
import type { JsonObject } from '@headrace/sdk/protocol';

/** ECMAScript's way to keep a JSON number as it is written. TypeScript has no types for it yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): { readonly rawJSON: string };
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * The value of a number in a configuration. If a double would be written differently (an account id of 18 digits, 1.10),
 * it is a raw JSON value that JSON.stringify writes as it was.
 */
export function numberAsWritten(text: string): unknown {
  const value = Number(text);
  // JSON cannot express 007.
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text)) return value;
  return JSON.stringify(value) === text ? value : rawJSON(text);
}

/** Whether a value is a raw JSON number. */
export function isWritten(value: unknown): boolean {
  return isRawJSON(value);
}

/** JSON.parse, with numbers as they are written. */
export function parseAsWritten(text: string): unknown {
  return parse(text, numberAsWritten);
}

/** The configuration of a CONTROL message, whose shape was checked by the reader; numbers keep their digits. */
export function configIn(control: Buffer): JsonObject {
  const message = parseAsWritten(control.toString('utf8')) as {
    control: { connectorConfig: { config: JsonObject } };
  };
  return message.control.connectorConfig.config;
}

/** JSON.parse, with numbers as the text of their digits. */
export function parseWithDigits(text: string): unknown {
  return parse(text, (digits) => digits);
}

/** A copy with ordinary numbers, for comparing and checking. Connectors never get it. */
export function plainNumbers(value: unknown): unknown {
  return mapWritten(value, Number);
}

/** A copy with raw numbers as text. */
export function digitsOf(value: unknown): unknown {
  return mapWritten(value, (digits) => digits);
}

function parse(text: string, number: (digits: string) => unknown): unknown {
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? number(source) : value;
  return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1]);
}

function mapWritten(value: unknown, number: (digits: string) => unknown): unknown {
  if (isRawJSON(value)) return number(value.rawJSON);
  if (Array.isArray(value)) return value.map((item) => mapWritten(item, number));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapWritten(item, number)]));
}
