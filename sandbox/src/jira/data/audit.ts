import { below } from '../../http/random.ts';
import { type ByteWriter, putAscii, putText } from '../../http/writer.ts';
import { putTimestamp } from '../timestamp.ts';
import type { World } from './world.ts';

/** The audit log of a site: when each record was created (ms since 1970). Ids start at {@link FIRST_AUDIT_ID}. */
export interface AuditLog {
  readonly times: number[];
}

const FIRST_AUDIT_ID = 10_000;
const DAY = 86_400_000;
/** Jira keeps 180 days of audit records. */
const KEPT_DAYS = 180;

/** The log at `until`: `count` records over the last half year. */
export function auditLog(seed: number, count: number, until: number): AuditLog {
  const step = (KEPT_DAYS * DAY) / Math.max(1, count);
  const first = until - KEPT_DAYS * DAY;
  return {
    times: Array.from({ length: count }, (_, i) =>
      Math.floor(first + i * step + below(Math.ceil(step), seed, i, 51)),
    ),
  };
}

/** Indexes of the records created between `from` and `to` (both inclusive), newest first. */
export function recordsIn({ times }: AuditLog, from: number, to: number): number[] {
  return times
    .map((at, i) => [at, i] as const)
    .filter(([at]) => at >= from && at <= to)
    .sort((a, b) => b[0] - a[0] || b[1] - a[1])
    .map(([, i]) => i);
}

const SUMMARIES = [
  ['User added to group', 'group management', 'GROUP'],
  ['Project created', 'projects', 'PROJECT'],
  ['Permission scheme updated', 'permissions', 'SCHEME'],
  ['Workflow “Änderung” published', 'workflows', 'WORKFLOW'],
] as const;

/** Appends a record in the format of `/auditing/record`. */
export function putAuditRecord(out: ByteWriter, world: World, { times }: AuditLog, i: number): void {
  const { seed, people } = world;
  const [summary, category, typeName] = SUMMARIES[below(SUMMARIES.length, seed, i, 52)]!;
  const { accountId } = people[below(people.length, seed, i, 53)]!;
  putText(out, `{"id":${FIRST_AUDIT_ID + i},"summary":${JSON.stringify(summary)},`);
  putAscii(out, `"remoteAddress":"192.0.2.${i % 250}","authorAccountId":"${accountId}","created":`);
  putTimestamp(out, times[i]!, world.zone);
  putText(out, `,"category":"${category}","eventSource":"","description":"caf\\u00e9 \\/ café",`);
  putAscii(out, `"objectItem":{"id":"${i}","name":"n${i}","typeName":"${typeName}"},`);
  putAscii(out, `"changedValues":[{"fieldName":"Name","changedFrom":"a","changedTo":"b"}],`);
  putAscii(out, `"associatedItems":[{"id":"${accountId}","name":"x","typeName":"USER","parentId":"1"}]}`);
}
