import { isObject } from '../../protocol/is-object.ts';
import type { ConnectorSpecification } from '../../protocol/messages.ts';
import type { Schema } from '../../spec/narrow.ts';

/** Names that the acceptance tests treat as secrets. */
const SECRET_NAMES = new Set(
  'client_token access_token api_token token secret client_secret password key service_account_info service_account tenant_id certificate jwt credentials app_id appid refresh_token api_key private_key'.split(
    ' ',
  ),
);
const BANNED =
  '$ref not anyOf allOf if then else patternProperties prefixItems dependentRequired dependentSchemas dependencies'.split(
    ' ',
  );

/** What the platform's form or the acceptance tests do not accept in a `spec`; an empty list if nothing. */
export function specFindings(spec: ConnectorSpecification): string[] {
  const root = spec.connectionSpecification as Schema;
  const findings: string[] = [];
  if (root.type !== 'object') findings.push('connectionSpecification is not of type object');
  if (!isObject(root.properties)) findings.push('connectionSpecification has no properties');
  walk(root, 'config', undefined, findings);
  return findings;
}

function walk(schema: Schema, path: string, name: string | undefined, findings: string[]): void {
  const say = (what: string): number => findings.push(`${path}: ${what}`);
  for (const word of BANNED) if (word in schema) say(`${word} is not understood by the form`);
  if (schema.additionalProperties === false) say('additionalProperties is false: the platform adds keys');
  checkType(schema, say);
  checkEnum(schema, say);
  checkDates(schema, say);
  const scalar = ['string', 'integer', 'number'].includes(String([schema.type ?? ''].flat()[0]));
  if (
    name &&
    SECRET_NAMES.has(name.toLowerCase()) &&
    scalar &&
    !('const' in schema) &&
    schema.airbyte_secret !== true
  )
    say('looks like a secret and has no airbyte_secret');
  if (schema.oneOf) checkVariants(schema.oneOf, path, findings);
  if (schema.type === 'array' && !isObject(schema.items)) say('an array without items');
  if (schema.items) walk(schema.items, `${path}[]`, undefined, findings);
  const { properties } = schema;
  if (schema.type === 'object' && !schema.oneOf && Object.keys(properties ?? {}).length === 0)
    say('an object without properties');
  for (const wanted of schema.required ?? [])
    if (!properties?.[wanted]) say(`${wanted} is required and not described`);
  checkOrder(properties ?? {}, say);
  for (const [key, sub] of Object.entries(properties ?? {})) walk(sub, `${path}.${key}`, key, findings);
}

type Say = (what: string) => number;

function checkType(schema: Schema, say: Say): void {
  const { type } = schema;
  if (type === undefined && !schema.oneOf && !('const' in schema) && !schema.enum) say('has no type');
  if (!Array.isArray(type)) return;
  if (type.length > 2) say(`has ${type.length} types`);
  if (type.length === 2 && type[1] !== 'null') say('the second of two types must be null');
}

function checkEnum(schema: Schema, say: Say): void {
  const { enum: values } = schema;
  if (!values) return;
  if (new Set(values.map((value) => JSON.stringify(value))).size !== values.length)
    say('an enum names a value twice');
}

/** Date fields need both, so that the form can validate them and offer a calendar. */
function checkDates(schema: Schema, say: Say): void {
  const isDate = schema.format === 'date' || schema.format === 'date-time';
  if (isDate && typeof schema.pattern !== 'string') say(`format ${String(schema.format)} without a pattern`);
  if (typeof schema.pattern !== 'string') return;
  try {
    new RegExp(schema.pattern, 'u');
  } catch (error) {
    say(`the pattern is no regular expression: ${(error as Error).message}`);
  }
  if (!isDate && /^\^?\[0-9\]\{4\}-\[0-9\]\{2\}-/.test(schema.pattern))
    say('a date pattern without a format');
}

/** Variants are objects with exactly one property that is a constant in each of them. */
function checkVariants(variants: readonly Schema[], path: string, findings: string[]): void {
  const constants = variants.map((variant) =>
    Object.entries(variant.properties ?? {})
      .filter(([, sub]) => 'const' in sub)
      .map(([key]) => key),
  );
  const common = (constants[0] ?? []).filter((key) => constants.every((keys) => keys.includes(key)));
  if (common.length !== 1)
    findings.push(`${path}: the variants of oneOf share ${common.length} constants, not one`);
  const [key] = common;
  const values = key === undefined ? [] : variants.map((variant) => variant.properties![key]!.const);
  if (new Set(values).size !== values.length)
    findings.push(`${path}: two variants of oneOf have the same constant`);
  variants.forEach((variant, i) => {
    const at = `${path}(${i})`;
    if (variant.type !== 'object') findings.push(`${at}: a variant of oneOf is no object`);
    const constant = key === undefined ? undefined : variant.properties![key];
    if (constant && ('default' in constant || 'enum' in constant))
      findings.push(`${at}.${key}: a constant has a default or an enum`);
    walk(variant, at, undefined, findings);
  });
}

function checkOrder(properties: Readonly<Record<string, Schema>>, say: Say): void {
  const seen = new Map<unknown, string>();
  for (const [key, { order }] of Object.entries(properties)) {
    if (order === undefined) continue;
    const other = seen.get(order);
    if (other !== undefined) say(`${other} and ${key} have the same order ${String(order)}`);
    seen.set(order, key);
  }
}
