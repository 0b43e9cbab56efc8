import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import { type Identify, identityDigest, type KnownKey, keyReader } from '@headrace/sdk/destination';

/**
 * Which lines of a stream are duplicates, and which of them stays. `identical`: the records have the same bytes,
 * whatever the envelope; the first line stays. `latest`: the line with the greatest cursor of each key stays (see
 * compareCursors), or the later one if cursors are equal or missing. Records without a complete key all stay.
 */
export type Rule = { readonly kind: 'identical' } | ({ readonly kind: 'latest' } & KnownKey);

const AIRBYTE = Buffer.from('{"_airbyte_raw_id":');
const STAMP = '0000-00-00T00:00:00.000Z'.length;
const RUN_ID = Buffer.from('","__run_id":"');
const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;

/**
 * Identifies a stream's lines by a rule. The envelope is detected in each line, because a growing file may contain
 * several kinds. A record whose own first field is named `__run_id` is taken for a part of our envelope.
 * @throws ConfigError if a field of the key cannot be read
 */
export function identifier(
  rule: Rule,
  place: { readonly source: string; readonly stream: string },
): Identify {
  if (rule.kind === 'latest') return byKey(rule);
  const [source, stream] = [place.source, place.stream].map((name) => JSON.stringify(name.toWellFormed()));
  return byPayload(Buffer.from(`{"__source":${source},"__stream":${stream},"__ingested_at_utc":"`));
}

function byPayload(flat: Buffer): Identify {
  const airbyte = new Selection({ fields: { data: '_airbyte_data' } });
  let page: ReturnType<typeof airbyte.scan> | undefined;
  // Where the data begin, after their brace or the envelope that replaced it.
  const payload = (bytes: Buffer, start: number, end: number): [number, number] => {
    if (startsWith(bytes, start, end, flat)) {
      const runId = start + flat.length + STAMP;
      if (!startsWith(bytes, runId, end, RUN_ID)) return [start + 1, end];
      const behind = bytes.indexOf(QUOTE, runId + RUN_ID.length) + 1;
      return [bytes[behind] === COMMA ? behind + 1 : behind, end];
    }
    if (startsWith(bytes, start, end, AIRBYTE)) {
      page = airbyte.scan(bytes, start, end, page);
      const data = page.fieldSpan('data');
      if (data && bytes[data[0]] === OPEN_BRACE) return [data[0] + 1, data[1]];
    }
    return [start + 1, end];
  };
  return (bytes, start, end) => {
    const [from, to] = payload(bytes, start, end);
    return { key: identityDigest(bytes.subarray(from, to)), cursor: undefined };
  };
}

function byKey(known: KnownKey): Identify {
  const plain = keyReader(known);
  const airbyte = keyReader(known, '_airbyte_data.');
  return (bytes, start, end) => {
    const enveloped = startsWith(bytes, start, end, AIRBYTE) ? airbyte(bytes, start, end) : undefined;
    // A record without an envelope that has columns with these names: PyAirbyte sends them from its cache.
    return enveloped?.key ? enveloped : plain(bytes, start, end);
  };
}

function startsWith(bytes: Buffer, start: number, end: number, expected: Buffer): boolean {
  const behind = start + expected.length;
  return behind <= end && bytes.compare(expected, 0, expected.length, start, behind) === 0;
}
