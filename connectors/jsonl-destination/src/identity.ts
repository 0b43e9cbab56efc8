import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { ConfigError, type Page, Selection } from '@headrace/sdk';

/**
 * Which lines of a stream are copies of one another, and which of them stays. `identical`: the payload has the
 * same bytes, whatever the envelope says; the first one stays. `latest`: one per key, that with the greatest
 * cursor (see compareCursors); where they are equal, or there is no cursor, the later line. A record without a
 * whole key stays.
 */
export type Rule = { readonly kind: 'identical' } | ({ readonly kind: 'latest' } & KnownKey);

/** The fields that make the key of a stream, and its cursor: paths, as a catalog gives them. */
export interface KnownKey {
  readonly key: ReadonlyArray<readonly string[]>;
  readonly cursor?: readonly string[];
}

/** What a line is compared by. */
export interface Identity {
  /** 16 bytes, equal where two lines are copies of one another; undefined where a line is a copy of none. */
  readonly key: Uint8Array | undefined;
  /** The cursor as JSON text. */
  readonly cursor: string | undefined;
}

/** Looks at the line `[start, end)`. @throws InvalidJsonError where it has to look inside and it is no JSON */
export type Identify = (bytes: Buffer, start: number, end: number) => Identity;

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
    return { key: digest(bytes.subarray(from, to)), cursor: undefined };
  };
}

function byKey({ key, cursor }: KnownKey): Identify {
  const plain = keyFields(key, cursor, '');
  const airbyte = keyFields(key, cursor, '_airbyte_data.');
  return (bytes, start, end) => {
    const enveloped = startsWith(bytes, start, end, AIRBYTE) ? airbyte(bytes, start, end) : undefined;
    // A record alone that has columns of these names: what PyAirbyte sends from its cache.
    return enveloped?.key ? enveloped : plain(bytes, start, end);
  };
}

function keyFields(
  key: ReadonlyArray<readonly string[]>,
  cursor: readonly string[] | undefined,
  prefix: string,
): Identify {
  const paths = [...key, ...(cursor ? [cursor] : [])].map((path) => prefix + path.map(plainName).join('.'));
  const selection = new Selection({ fields: Object.fromEntries(paths.map((path, k) => [k, path])) });
  const names = key.map((_, k) => String(k));
  let page: Page<string, string> | undefined;
  return (bytes, start, end) => {
    page = selection.scan(bytes, start, end, page);
    const scanned = page;
    const value = (name: string): string | undefined => {
      const span = scanned.fieldSpan(name);
      const json = span && bytes.toString('utf8', ...span);
      return json === 'null' ? undefined : json;
    };
    const parts = names.map(value);
    return {
      key: parts.includes(undefined) ? undefined : digest(parts.map((part) => unescaped(part!)).join('\0')),
      cursor: cursor && value(String(key.length)),
    };
  };
}

/** A string that is written with escapes is the same key as one without. */
function unescaped(json: string): string {
  return json.includes('\\') ? JSON.stringify(JSON.parse(json)) : json;
}

function plainName(name: string): string {
  if (!name.includes('.')) return name;
  throw new ConfigError(`the key or cursor has a field whose name holds a dot: ${name}`, {
    code: 'catalog.key_name',
    place: 'primary_key',
    hint: 'such a field cannot be looked at; take another key',
  });
}

function digest(data: Uint8Array | string): Uint8Array {
  return hash('sha256', data, 'buffer').subarray(0, 16);
}

function startsWith(bytes: Buffer, start: number, end: number, expected: Buffer): boolean {
  const behind = start + expected.length;
  return behind <= end && bytes.compare(expected, 0, expected.length, start, behind) === 0;
}
