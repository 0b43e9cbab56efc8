import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import { type Identify, identityDigest, type KnownKey, keyReader } from '@headrace/sdk/destination';

/**
 * Which lines of a stream are copies of one another, and which of them stays. `identical`: the payload has the
 * same bytes, whatever the envelope says; the first one stays. `latest`: one per key, that with the greatest
 * cursor (see compareCursors); where they are equal, or there is no cursor, the later line. A record without a
 * whole key stays.
 */
export type Rule = { readonly kind: 'identical' } | ({ readonly kind: 'latest' } & KnownKey);

const AIRBYTE = Buffer.from('{"_airbyte_raw_id":');
const STAMP = '0000-00-00T00:00:00.000Z'.length;
const RUN_ID = Buffer.from('","__run_id":"');
const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;

/**
 * How the lines of a stream are told apart by a rule. The envelope is recognised in each line: a growing file
 * may hold several kinds. A record whose own first field is named `__run_id` passes for part of our envelope.
 * @throws ConfigError where a field of the key cannot be looked at
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
  // Where the data begin behind their brace, or behind the envelope that took its place.
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
    // A record alone that has columns of these names: what PyAirbyte sends from its cache.
    return enveloped?.key ? enveloped : plain(bytes, start, end);
  };
}

function startsWith(bytes: Buffer, start: number, end: number, expected: Buffer): boolean {
  const behind = start + expected.length;
  return behind <= end && bytes.compare(expected, 0, expected.length, start, behind) === 0;
}
