import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { Selection } from '@headrace/sdk';
import type { Wrap, Wrapping } from './envelope.ts';

const meta = new Selection({ fields: { changes: 'changes' } });
const TAIL = Buffer.from('}');

interface AirbyteFacts {
  /** Different for each stream and run. */
  readonly seed: string;
  /** From the catalog; 0 if it has none, as on the platform. */
  readonly generationId: number;
  readonly syncId: number | undefined;
}

/** The columns of Airbyte's own file destinations, with all of the record's data in `_airbyte_data`. */
export function airbyteEnvelope({ seed, generationId, syncId }: AirbyteFacts): Wrap {
  const id = recordIds(seed);
  const sync = syncId === undefined ? '' : `"sync_id":${syncId},`;
  const wrapping: Wrapping = { head: TAIL, tail: TAIL, overBrace: false };
  return (record) => {
    const changes = record.meta && changesOf(record.meta);
    wrapping.head = Buffer.from(
      `{"_airbyte_raw_id":"${id()}","_airbyte_extracted_at":${record.emittedAt ?? null},` +
        `"_airbyte_meta":{${sync}"changes":${changes ?? '[]'}},"_airbyte_generation_id":${generationId},"_airbyte_data":`,
    );
    return wrapping;
  };
}

/** As the source sent them: what it cut or omitted. */
function changesOf(bytes: Uint8Array): string | undefined {
  const span = meta.scan(bytes).fieldSpan('changes');
  const text = span && Buffer.from(bytes.subarray(...span)).toString('utf8');
  return text?.startsWith('[') ? text : undefined;
}

/** UUIDs of version 8: a hash of the seed, then a counter. */
function recordIds(seed: string): () => string {
  const hash = createHash('sha256').update(seed).digest('hex');
  const head = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(12, 15)}-a${hash.slice(15, 18)}-`;
  let count = 0;
  return () => head + (count++).toString(16).padStart(12, '0');
}
