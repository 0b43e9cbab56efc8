import type { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { ConfigError } from '../../errors.ts';
import { type Page, Selection } from '../../protocol/index.ts';

/** The fields of a stream's key, and its cursor: paths as in a catalog. */
export interface KnownKey {
  readonly key: ReadonlyArray<readonly string[]>;
  readonly cursor?: readonly string[];
}

/** A record's key and cursor. */
export interface Identity {
  /** 16 bytes, equal for records with the same key. Undefined if a field of the key is absent or null. */
  readonly key: Uint8Array | undefined;
  /** The cursor as JSON text. Undefined if it is absent or null. */
  readonly cursor: string | undefined;
}

/** Reads the JSON object `[start, end)`. @throws InvalidJsonError if it is not JSON */
export type Identify = (bytes: Buffer, start: number, end: number) => Identity;

/**
 * Reads the key and the cursor of a stream's records, without parsing them.
 * @param prefix the record's place in what is read, with a dot (`_airbyte_data.`); put before every path
 * @throws ConfigError if a field of the key cannot be read
 */
export function keyReader({ key, cursor }: KnownKey, prefix = ''): Identify {
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
      key: parts.includes(undefined)
        ? undefined
        : identityDigest(parts.map((part) => unescaped(part!)).join('\0')),
      cursor: cursor && value(String(key.length)),
    };
  };
}

/** 16 bytes that identify a record's key, or its bytes. */
export function identityDigest(data: Uint8Array | string): Uint8Array {
  return hash('sha256', data, 'buffer').subarray(0, 16);
}

/** A string with escapes is the same key as the string without them. */
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
