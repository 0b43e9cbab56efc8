/**
 * Generates specs/protocol.json, and the same as an SDK module without descriptions, from Airbyte's own schema
 * (specs/source/airbyte_protocol.yaml, MIT). With `--check` it writes nothing and exits with 1 if a file is out of
 * date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

const root = new URL('../', import.meta.url);
const source = parse(readFileSync(new URL('specs/source/airbyte_protocol.yaml', root), 'utf8'));

/** Copies a schema without the keywords that do not affect validation. Property names are not keywords. */
function without(schema: unknown, keywords: ReadonlySet<string>, isNames = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => without(item, keywords));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => isNames || !keywords.has(key))
      .map(([key, value]) => [
        key,
        without(value, keywords, !isNames && (key === 'properties' || key === 'definitions')),
      ]),
  );
}

const schema = without(source, new Set(['existingJavaType']));
const bare = without(source, new Set(['existingJavaType', 'description', 'title', 'examples', 'version']));
const files: Record<string, string> = {
  'specs/protocol.json': `${JSON.stringify(schema, null, 2)}\n`,
  'sdk/src/protocol/protocol-schema.ts': [
    '// Made by scripts/protocol-schema.ts from specs/source/airbyte_protocol.yaml. Do not edit.',
    '/** The protocol as JSON schema (draft-07), without descriptions: see specs/protocol.json for those. */',
    '// biome-ignore format: generated',
    `export const protocolSchema = ${JSON.stringify(bare)};`,
    '',
  ].join('\n'),
};

let stale = 0;
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, root);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    stale++;
    process.stdout.write(`${name} is out of date. Run: node scripts/protocol-schema.ts\n`);
  } else {
    writeFileSync(file, text);
    process.stdout.write(`${name}\n`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
