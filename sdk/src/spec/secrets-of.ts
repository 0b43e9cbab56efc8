import { isObject } from '../protocol/is-object.ts';
import type { Schema } from './narrow.ts';
import { own } from './own.ts';

/**
 * Every value that the schema marks `airbyte_secret`, so that it can be scrubbed from output (invariant 6). The
 * mark counts wherever it is: in any variant (`oneOf`, `anyOf`, `allOf`, `if`), behind a `$ref`, in lists, and
 * under keys that only a pattern matches. If an object or list is marked, everything in it is secret. When in
 * doubt, a value counts as secret: all variants apply, and patterns match every key, because a foreign pattern
 * could be made to be slow.
 */
export function secretsOf(schema: Schema, value: unknown): string[] {
  const found = new Set<string>();
  // Apply each schema to each value only once: `$ref`s may form a cycle, and variants may lead to the same schema.
  const looked = new Map<string, Set<unknown>>();
  const visit = (node: unknown, item: unknown, path: string): void => {
    const before = looked.get(path) ?? new Set();
    if (!isObject(node) || before.has(node)) return;
    looked.set(path, before.add(node));
    if (node.airbyte_secret === true) take(item, found);
    for (const other of schemasOfSame(node, schema)) visit(other, item, path);
    if (Array.isArray(item)) {
      for (const [k, one] of item.entries())
        for (const sub of itemSchemas(node, k)) visit(sub, one, `${path}/${k}`);
    } else if (isObject(item)) {
      for (const [key, one] of Object.entries(item))
        for (const sub of propertySchemas(node, key)) visit(sub, one, `${path}/${JSON.stringify(key)}`);
    }
  };
  visit(schema, value, '');
  return [...found];
}

function take(item: unknown, found: Set<string>): void {
  if (typeof item === 'string' || typeof item === 'number') found.add(String(item));
  else if (typeof item === 'object' && item !== null) for (const one of Object.values(item)) take(one, found);
}

/** The schemas that apply to the same value. */
function schemasOfSame(node: Schema, root: Schema): unknown[] {
  const variants = [node.oneOf, node.anyOf, node.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const dependent = isObject(node.dependentSchemas) ? Object.values(node.dependentSchemas) : [];
  return [...variants, node.if, node.then, node.else, ...dependent, referenced(node.$ref, root)];
}

function itemSchemas({ items, prefixItems, additionalItems }: Schema, k: number): unknown[] {
  const places: unknown[] = Array.isArray(items) ? items : Array.isArray(prefixItems) ? prefixItems : [];
  return [places[k], Array.isArray(items) ? additionalItems : items];
}

function propertySchemas(
  { properties, patternProperties, additionalProperties }: Schema,
  key: string,
): unknown[] {
  const named = own(properties, key);
  if (named !== undefined) return [named];
  return [...(isObject(patternProperties) ? Object.values(patternProperties) : []), additionalProperties];
}

/** Resolves a `#/…` reference within the same document. */
function referenced(reference: unknown, root: Schema): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  return reference
    .slice(1)
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('%24', '$').replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (at, part) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, part)
          ? (at as Record<string, unknown>)[part]
          : undefined,
      root,
    );
}
