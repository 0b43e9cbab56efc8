import { isObject } from '../protocol/is-object.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { mapParts } from '../spec/schema-parts.ts';

/**
 * A JSON schema with the keywords that the standard lets it leave out: `properties` and `additionalProperties` for
 * objects, and `items` for lists. The meaning is the same. But singer-sdk (Meltano, tap-airbyte) loses a stream, with
 * exit code 0, if a list of objects has no `properties`, and an object's members if it has no `additionalProperties`.
 */
export function spelledOut(schema: JsonObject): JsonObject {
  const out = mapParts(schema, spelledOut);
  const types = [schema.type].flat();
  if (types.includes('object')) {
    out.properties ??= {};
    if (saysNothing(out.additionalProperties)) out.additionalProperties = true;
  }
  if (types.includes('array')) out.items ??= {};
  return out;
}

/** `{}` means true in JSON schema, but Python treats it as false. */
export function saysNothing(additional: unknown): boolean {
  return additional === undefined || (isObject(additional) && Object.keys(additional).length === 0);
}
