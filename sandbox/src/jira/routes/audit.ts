import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { putAscii } from '../../http/writer.ts';
import { raw } from '../answer.ts';
import { putAuditRecord, recordsIn } from '../data/audit.ts';
import type { Site } from '../site.ts';
import { requireOneOf } from './lists.ts';
import { within } from './parameters.ts';

/** `GET /rest/api/3/auditing/record`: newest first, 1,000 a page, created between `from` and `to` (both inclusive). */
export function auditRecords(site: Site, call: Call): Answer {
  requireOneOf(site, 'ADMINISTER');
  const offset = within(call.query.get('offset'), 0, 0, Number.MAX_SAFE_INTEGER, 'offset');
  const limit = within(call.query.get('limit'), 1000, 1, 1000, 'limit');
  const from = instant(call, 'from') ?? Number.NEGATIVE_INFINITY;
  const to = instant(call, 'to') ?? Number.POSITIVE_INFINITY;
  const found = recordsIn(site.audit, from, to);
  const out = page(site);
  putAscii(out, `{"offset":${offset},"limit":${limit},"total":${found.length},"records":[`);
  for (const [k, i] of found.slice(offset, offset + limit).entries()) {
    if (k > 0) putAscii(out, ',');
    putAuditRecord(out, site.world, site.audit, i);
  }
  putAscii(out, ']}');
  return raw(out);
}

function instant(call: Call, name: string): number | undefined {
  const text = call.query.get(name);
  if (text === null) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Refusal(`The ${name} date could not be parsed: ${text}`);
  return ms;
}
