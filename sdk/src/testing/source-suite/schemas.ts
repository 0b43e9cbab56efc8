import type { ValidateFunction } from 'ajv';
import type { CatalogStream, JsonObject } from '../../protocol/messages.ts';
import type { Schema } from '../../spec/narrow.ts';
import type { SentRecord } from '../process/output.ts';

/** Where records are not what their stream's schema says; one finding for each stream, place and reason. */
export async function schemaFindings(
  streams: readonly CatalogStream[],
  records: readonly SentRecord[],
  extraColumns: readonly string[],
): Promise<string[]> {
  const { default: library } = await import('ajv');
  const ajv = new library.Ajv({ strict: false, validateFormats: false, allErrors: true });
  const checks = new Map<
    string,
    { stream: CatalogStream; validate: ValidateFunction; columns: Set<string> }
  >();
  for (const stream of streams) {
    const columns = new Set(Object.keys((stream.json_schema as Schema).properties ?? {}));
    checks.set(stream.name, { stream, validate: ajv.compile(stream.json_schema), columns });
  }
  const findings = new Map<string, number>();
  const found = (what: string): void => void findings.set(what, (findings.get(what) ?? 0) + 1);
  for (const { stream: name, text } of records) {
    const check = checks.get(name);
    if (!check) continue;
    const data = JSON.parse(text) as JsonObject;
    if (!check.validate(data))
      for (const { instancePath, message } of check.validate.errors ?? [])
        found(`${name}${instancePath.replaceAll(/\/\d+/g, '/0')} ${message}`);
    if (!extraColumns.includes(name))
      for (const column of Object.keys(data))
        if (!check.columns.has(column)) found(`${name}: ${column} is not in the schema`);
    for (const path of check.stream.source_defined_primary_key ?? []) {
      const value = path.reduce<unknown>((at, part) => (at as JsonObject | null)?.[part], data);
      if (value === null || value === undefined) found(`${name}: its key ${path.join('.')} is null`);
    }
  }
  return [...findings].map(([what, times]) => (times > 1 ? `${what} (${times} times)` : what));
}
