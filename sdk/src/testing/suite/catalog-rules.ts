import type { Ajv } from 'ajv';
import { isObject } from '../../protocol/is-object.ts';
import type { CatalogStream } from '../../protocol/messages.ts';
import { saysNothing } from '../../source/spelled-out.ts';
import type { Schema } from '../../spec/narrow.ts';
import { mapParts } from '../../spec/schema-parts.ts';

/** The part of the checklist that a finding belongs to: 25 the catalog, 26 keys and cursors, 27 schemas. */
export interface CatalogFinding {
  readonly rule: 25 | 26 | 27;
  readonly message: string;
}

const BANNED = ['$ref', 'allOf', 'not'];
const SCALAR = ['string', 'integer', 'number', 'boolean'];

/** What the platform, a client or the acceptance tests do not accept in a discovered catalog. */
export async function catalogFindings(
  streams: readonly CatalogStream[],
  keyless: readonly string[] = [],
): Promise<CatalogFinding[]> {
  const { default: library } = await import('ajv');
  const ajv = new library.Ajv({ strict: false, validateFormats: false });
  const findings: CatalogFinding[] = [];
  if (streams.length === 0) findings.push({ rule: 25, message: 'the catalog is empty' });
  const names = new Map<string, string>();
  for (const stream of streams) {
    const found = (rule: CatalogFinding['rule'], what: string): number =>
      findings.push({ rule, message: `${stream.name}: ${what}` });
    // PyAirbyte lower-cases names.
    const key = `${stream.namespace ?? ''}\n${stream.name.toLowerCase()}`;
    const other = names.get(key);
    if (other !== undefined) found(25, `a second stream of that name (${other})`);
    names.set(key, stream.name);
    checkSchema(ajv, stream, found);
    checkKeys(stream, keyless, found);
  }
  return findings;
}

type Found = (rule: CatalogFinding['rule'], what: string) => number;

function checkSchema(ajv: Ajv, stream: CatalogStream, found: Found): void {
  const schema = stream.json_schema as Schema;
  if (!ajv.validateSchema({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' }))
    found(25, `its schema is no draft-07: ${ajv.errorsText(ajv.errors)}`);
  if (![schema.type ?? ''].flat().includes('object')) found(27, 'its schema is not of type object');
  if (Object.keys(schema.properties ?? {}).length === 0)
    found(25, 'its schema has no properties: a client makes no columns');
  if (schema.additionalProperties === false)
    found(27, 'additionalProperties is false: a new field breaks a sync');
  const lower = new Map<string, string>();
  for (const [name, sub] of Object.entries(schema.properties ?? {})) {
    const other = lower.get(name.toLowerCase());
    if (other) found(27, `${other} and ${name} differ only in case: they overwrite each other in a client`);
    lower.set(name.toLowerCase(), name);
    if (!isObject(sub) || (sub.type === undefined && !('oneOf' in sub) && !('anyOf' in sub)))
      found(27, `${name} has no type`);
  }
  checkPart(schema, '', found);
}

/**
 * Checks for keywords that a schema must not contain, and for those that singer-sdk needs for every object and
 * list.
 */
function checkPart(schema: Schema, path: string, found: Found): void {
  for (const word of BANNED) if (word in schema) found(25, `${word} at ${path || '/'}`);
  const types = [schema.type].flat();
  if (types.includes('object') && path !== '') {
    if (!isObject(schema.properties))
      found(27, `an object without properties (at least {}) at ${path}: Meltano may drop the stream`);
    if (saysNothing(schema.additionalProperties))
      found(27, `an object without additionalProperties: true at ${path}: Meltano drops its members`);
  }
  if (types.includes('array') && schema.items === undefined)
    found(27, `a list without items (at least {}) at ${path}`);
  mapParts(schema, (part, below) => {
    checkPart(part, `${path}/${below}`, found);
    return part;
  });
}

function checkKeys(stream: CatalogStream, keyless: readonly string[], found: Found): void {
  const modes = stream.supported_sync_modes;
  if (modes.length === 0) found(25, 'supports no sync mode');
  const keys = stream.source_defined_primary_key ?? [];
  if (keys.length === 0 && !keyless.includes(stream.name)) found(26, 'has no primary key');
  for (const path of keys) checkPath(stream, path, 'its key', found);
  const cursor = stream.default_cursor_field ?? [];
  if (cursor.length > 0) checkPath(stream, cursor, 'its cursor', found);
  if (modes.includes('incremental') && cursor.length === 0 && !stream.source_defined_cursor)
    found(26, 'is incremental and shows no default cursor');
  if (stream.source_defined_cursor && !modes.includes('incremental'))
    found(26, 'has a source defined cursor and is not incremental');
}

function checkPath(stream: CatalogStream, path: readonly string[], what: string, found: Found): void {
  let node = stream.json_schema as Schema | undefined;
  for (const name of path) node = node?.properties?.[name];
  if (!node) {
    found(26, `${what} ${path.join('.')} is not in its schema`);
    return;
  }
  const types = [node.type ?? ''].flat().filter((type) => type !== 'null');
  if (types.length === 0 || !types.every((type) => SCALAR.includes(type)))
    found(26, `${what} ${path.join('.')} is no scalar`);
}
