import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { own } from './own.ts';

/** The subset of JSON schema that our config schemas use. */
export interface Schema extends JsonObject {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  title?: string;
  description?: string;
}

/**
 * The schema with each `oneOf` replaced by the variant that the value's constant selects
 * (`credentials.auth_type`), so that errors are about that variant only. If the value selects none, the constant
 * becomes an enum of all variants.
 */
export function narrow(schema: Schema, value: unknown): Schema {
  const chosen = schema.oneOf ? variant(schema, value) : schema;
  const out: Schema = { ...chosen };
  if (chosen.properties) {
    const object = isObject(value) ? value : {};
    out.properties = Object.fromEntries(
      Object.entries(chosen.properties).map(([key, sub]) => [key, narrow(sub, own(object, key))]),
    );
  }
  return out;
}

function variant(schema: Schema, value: unknown): Schema {
  const { oneOf = [], ...rest } = schema;
  const key = discriminator(oneOf);
  if (key === undefined || !isObject(value)) return key === undefined ? schema : { ...rest, type: 'object' };
  const found = oneOf.find((option) => own(option.properties, key)?.const === own(value, key));
  if (found) return { ...rest, ...found };
  const choices = oneOf.map((option) => own(option.properties, key)?.const);
  return {
    ...rest,
    type: 'object',
    required: [key],
    properties: { [key]: { enum: choices } },
    additionalProperties: true,
  };
}

/** The property that is a constant in every variant. */
function discriminator(variants: readonly Schema[]): string | undefined {
  const constants = variants.map((option) =>
    Object.keys(option.properties ?? {}).filter((key) => own(option.properties, key)?.const !== undefined),
  );
  return constants[0]?.find((key) => constants.every((keys) => keys.includes(key)));
}
