import type { CatalogStream, JsonObject } from '../../protocol/messages.ts';
import { RecordSchema } from '../messages/record-schema.ts';
import type { SentRecord } from '../process/output.ts';

/** Where records do not match their stream's schema; one finding per stream, place and reason. */
export function schemaFindings(
  streams: readonly CatalogStream[],
  records: readonly SentRecord[],
  extraColumns: readonly string[],
): string[] {
  const schemas = new Map(streams.map((stream) => [stream.name, new RecordSchema(stream)]));
  const findings = new Map<string, number>();
  const found = (what: string): void => void findings.set(what, (findings.get(what) ?? 0) + 1);
  for (const { stream, text } of records) {
    const schema = schemas.get(stream);
    if (!schema) continue;
    const data = JSON.parse(text) as JsonObject;
    for (const finding of schema.findings(data)) found(`${stream}${finding}`);
    if (extraColumns.includes(stream)) continue;
    for (const column of Object.keys(data))
      if (!schema.columns.has(column)) found(`${stream}: ${column} is not in the schema`);
  }
  return [...findings].map(([what, times]) => (times > 1 ? `${what} (${times} times)` : what));
}
