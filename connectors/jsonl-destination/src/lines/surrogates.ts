import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import { RecordLine } from '@headrace/sdk/protocol';

/**
 * Lone surrogates: the escape of one half of a character (`"\ud83d"`) without the other. JSON allows them, UTF-8 cannot
 * represent them, and DuckDB, pyarrow and others refuse a whole file because of one. They come from text that was cut.
 */
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const LETTER_D = 0x64;
const LOWER_CASE = 0x20;
const LOWER = Buffer.from('\\ud');
const UPPER = Buffer.from('\\uD');
const REPLACEMENT = Buffer.from('\\ufffd');

/** Whether these bytes may contain an escaped surrogate. Cheap, because it is called for every batch. */
export function hasSurrogates(bytes: Buffer): boolean {
  return bytes.includes(LOWER) || bytes.includes(UPPER);
}

/** The positions of escaped lone surrogates in a JSON text. */
export function loneSurrogates(json: Buffer): number[] {
  const found: number[] = [];
  for (let i = json.indexOf(BACKSLASH); i !== -1; i = json.indexOf(BACKSLASH, i)) {
    const half = halfAt(json, i);
    if (half === 'high' && halfAt(json, i + 6) === 'low') i += 12;
    else {
      if (half) found.push(i);
      // The next character belongs to the escape, even if it is a backslash.
      i += 2;
    }
  }
  return found;
}

/** Whether a record's data contain one. */
export function isLone({ data }: RecordLine): boolean {
  return loneSurrogates(data).length > 0;
}

/** The record with U+FFFD instead of each, of the same length. `meta.changes` names the fields. */
export function replaced(record: RecordLine): RecordLine {
  const data = Buffer.from(record.data);
  const changes = lonePaths(JSON.parse(data.toString('utf8')));
  for (const at of loneSurrogates(data)) REPLACEMENT.copy(data, at);
  const facts = { ...factsOf(record), meta: withChanges(record.meta, changes) };
  return new RecordLine(facts, data, 0, data.length);
}

function factsOf({ stream, namespace, emittedAt }: RecordLine) {
  return { stream, namespace, emittedAt };
}

/** Which half of a character the escape at `i` is. Undefined for other escapes, and if there is none. */
function halfAt(b: Buffer, i: number): 'high' | 'low' | undefined {
  if (b[i] !== BACKSLASH || b[i + 1] !== LETTER_U || (b[i + 2]! | LOWER_CASE) !== LETTER_D) return undefined;
  // d800 to dbff, dc00 to dfff.
  const digit = b[i + 3]! | LOWER_CASE;
  if (digit === 0x38 || digit === 0x39 || digit === 0x61 || digit === 0x62) return 'high';
  return digit > 0x62 ? 'low' : undefined;
}

const meta = new Selection({ fields: { changes: 'changes' } });
const MOST_CHANGES = 20;
const LONGEST_FIELD = 200;
const REASON = { change: 'TRUNCATED', reason: 'DESTINATION_SERIALIZATION_ERROR' } as const;

function withChanges(bytes: Uint8Array | undefined, fields: readonly string[]): Buffer {
  const span = bytes && meta.scan(bytes).fieldSpan('changes');
  const before = span ? Buffer.from(bytes.subarray(...span)).toString('utf8') : '[]';
  const known = before.startsWith('[') ? before.slice(1, -1).trim() : '';
  const added = fields.map((field) => JSON.stringify({ field: field.toWellFormed(), ...REASON }));
  return Buffer.from(`{"changes":[${[...(known === '' ? [] : [known]), ...added].join(',')}]}`);
}

/** The fields with one in their value or name: `a.b.0`. */
function lonePaths(data: unknown): string[] {
  const found: string[] = [];
  const open: Array<readonly [path: string, value: unknown]> = [['', data]];
  // Not recursive, because vendors nest deeply.
  while (open.length > 0 && found.length < MOST_CHANGES) {
    const [path, value] = open.pop()!;
    if (typeof value === 'string' && !value.isWellFormed()) found.push(path);
    if (typeof value !== 'object' || value === null) continue;
    const entries = Object.entries(value);
    for (const [name, inner] of entries.reverse()) {
      const below = (path === '' ? name : `${path}.${name}`).slice(0, LONGEST_FIELD);
      if (!name.isWellFormed()) found.push(below);
      open.push([below, inner]);
    }
  }
  return [...new Set(found)].slice(0, MOST_CHANGES);
}
