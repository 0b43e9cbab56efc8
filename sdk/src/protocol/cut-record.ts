import { Buffer } from 'node:buffer';
import { DataError } from '../errors.ts';
import { type Cuttable, eachMember, type Kept, kindOf, nameAt, surveyRecord } from './cut-record-survey.ts';
import { BACKSLASH, CLOSE_BRACE, COMMA, OPEN_BRACE, skipValue } from './json-bytes.ts';
import { JsonText } from './json-text.ts';
import type { RecordChange } from './messages.ts';
import { minify } from './minify.ts';

/** A shortened record, and what was changed in it. */
export interface CutRecord {
  readonly data: Uint8Array;
  /** At most 20, plus one for each object that contains a kept value; each under 1.5 kB as JSON. */
  readonly changes: RecordChange[];
}

const MOST_CHANGES = 20;
const NULL = Buffer.from('null');
const REASON = 'SOURCE_RECORD_SIZE_LIMITATION';

/**
 * A record's bytes, shortened to `limit` bytes. A record within the limit is returned unchanged. Only called for
 * records over the line limit. Whatever is not cut stays byte for byte the vendor's (invariant 7), except that
 * white space outside strings is removed first, since it has no meaning. The cuts lose as little as possible and
 * are few:
 * 1. If shortening the 20 longest strings is enough, they are cut to a common length.
 * 2. Otherwise the smallest sufficient list or object becomes null; if none is sufficient, the largest value does,
 *    repeatedly.
 * 3. Otherwise (very many small members), members that no longer fit are removed; the first ones are kept.
 * @param data a valid JSON object in UTF-8 on one line (invalid UTF-8 must be replaced before, because that makes
 *   it longer)
 * @param limit bytes
 * @param keep paths to keep unchanged: key, cursor, anything a destination needs
 * @throws DataError `record.too_large` if the values to be kept are too long by themselves
 */
export function cutRecord(
  data: Uint8Array,
  limit: number,
  keep: ReadonlyArray<readonly string[]>,
): CutRecord {
  if (data.length <= limit) return { data, changes: [] };
  const kept = tree(keep);
  const changes: RecordChange[] = [];
  let left: Uint8Array = minify(data, 0, data.length);
  while (left.length > limit) {
    const cuts = chooseCuts(left, kept, left.length - limit, MOST_CHANGES - changes.length);
    if (cuts.length === 0) return leaveOut(left, limit, kept, changes);
    for (const { field, isString } of cuts)
      changes.push({ field, change: isString ? 'TRUNCATED' : 'NULLED', reason: REASON });
    left = apply(left, cuts);
  }
  return { data: left, changes };
}

interface Cut extends Cuttable {
  /** How many bytes of the string to keep, without its quotes. */
  readonly stays: number;
}

/** What to cut next, in the order of the record. Empty if `most` cuts are not enough. */
function chooseCuts(data: Uint8Array, kept: Kept, excess: number, most: number): Cut[] {
  if (most === 0) return [];
  const { strings, sufficient, largest } = surveyRecord(data, kept, excess, most);
  let sum = 0;
  for (let k = 0; k < strings.length; k++) {
    sum += strings[k]!.end - strings[k]!.start - 2;
    if (sum < excess) continue;
    // The k longest are enough together, and k - 1 are not. So the common length is below the length of each.
    const stays = Math.floor((sum - excess) / (k + 1));
    const chosen = strings.slice(0, k + 1).sort((a, b) => a.start - b.start);
    return chosen.map((value) => ({ ...value, stays }));
  }
  if (sufficient) return [{ ...sufficient, isString: false, stays: 0 }];
  const gain = largest ? largest.end - largest.start - NULL.length : 0;
  return largest && gain * most >= excess ? [{ ...largest, isString: false, stays: 0 }] : [];
}

function apply(data: Uint8Array, cuts: readonly Cut[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { start, end, isString, stays } of cuts) {
    parts.push(data.subarray(from, isString ? wholeUpTo(data, start + 1, start + 1 + stays) : start));
    if (!isString) parts.push(NULL);
    from = isString ? end - 1 : end;
  }
  parts.push(data.subarray(from));
  return Buffer.concat(parts);
}

/**
 * The last position up to `to` at which a string's content that starts at `from` may be cut: not inside an escape,
 * a surrogate pair of escapes, or a UTF-8 sequence.
 */
function wholeUpTo(b: Uint8Array, from: number, to: number): number {
  let i = from;
  for (;;) {
    const next = b.subarray(i, to).indexOf(BACKSLASH);
    if (next === -1) break;
    const start = i + next;
    const length = escapeLength(b, start);
    if (start + length > to) return start;
    i = start + length;
  }
  let end = to;
  // The cut would split a UTF-8 character: drop the whole character.
  while (end > i && (b[end]! & 0xc0) === 0x80) end--;
  return end;
}

/** 2, 6, or 12 for a surrogate pair. */
function escapeLength(b: Uint8Array, i: number): number {
  const first = unitAt(b, i);
  if (first === -1) return 2;
  const second = first >= 0xd800 && first < 0xdc00 ? unitAt(b, i + 6) : -1;
  return second >= 0xdc00 && second < 0xe000 ? 12 : 6;
}

/** The UTF-16 code unit of the `\uXXXX` at `i`, or -1. */
function unitAt(b: Uint8Array, i: number): number {
  if (b[i] !== BACKSLASH || b[i + 1] !== 0x75) return -1;
  return Number.parseInt(String.fromCharCode(b[i + 2]!, b[i + 3]!, b[i + 4]!, b[i + 5]!), 16);
}

/**
 * Removes as few members as possible from the objects that must be kept, and records a change for each such
 * object.
 */
function leaveOut(data: Uint8Array, limit: number, kept: Kept, changes: RecordChange[]): CutRecord {
  const least = withMembers(data, kept, 0);
  const result = withMembers(data, kept, limit - least.data.length);
  // An empty object does not count as a record: the platform drops it (checklist 12).
  if (least.data.length > limit || result.data.length <= 2) {
    throw new DataError(
      `a record of ${data.length} bytes cannot be cut to ${limit}: too much of it must stay`,
      {
        code: 'record.too_large',
        place: least.stayed.join(', '),
        hint: 'leave the stream out, or ask for fewer fields of it where the configuration allows it',
      },
    );
  }
  const fields = result.shortened.map((field) => ({ field, change: 'TRUNCATED' as const, reason: REASON }));
  return { data: result.data, changes: [...changes, ...fields] };
}

interface Members {
  readonly data: Uint8Array;
  /** The objects that members were removed from. */
  readonly shortened: string[];
  /** The values that were kept, each with the beginning of its bytes. */
  readonly stayed: string[];
}

/** The record with everything that must be kept, plus as many other members, in order, as fit in `room` bytes. */
function withMembers(data: Uint8Array, kept: Kept, room: number): Members {
  const json = new JsonText();
  json.open(data, 0, data.length);
  const { bytes: b, words: w, end, lastQuote, base } = json;
  const source = Buffer.from(data.buffer, data.byteOffset, data.length);
  const out = Buffer.allocUnsafeSlow(data.length);
  const shortened: string[] = [];
  const stayed: string[] = [];
  let length = 0;
  let left = room;

  const copy = (from: number, to: number): void => {
    length += source.copy(out, length, from - base, to - base);
  };
  function object(i: number, names: Kept, field: string): number {
    out[length++] = OPEN_BRACE;
    let count = 0;
    let isShort = false;
    const behind = eachMember(json, i, (from, to, value) => {
      const kind = kindOf(json, from, to, value, names);
      const next = typeof kind === 'string' ? skipValue(b, w, value, end, lastQuote) : undefined;
      if (kind === 'cuttable' && next! - from + 1 > left) {
        isShort = true;
        return next!;
      }
      if (count++ > 0) out[length++] = COMMA;
      if (kind === 'cuttable') left -= next! - from + 1;
      if (next === undefined) {
        copy(from, value);
        return object(value, kind as Kept, `${field}${nameAt(json, from, to)}.`);
      }
      copy(from, next);
      if (kind === 'kept')
        stayed.push(`${field}${nameAt(json, from, to)} ${beginning(source, value - base, next - base)}`);
      return next;
    });
    out[length++] = CLOSE_BRACE;
    if (isShort) shortened.push(field.slice(0, -1));
    return behind;
  }
  object(json.start, kept, '');
  return { data: out.subarray(0, length), shortened, stayed };
}

const LONGEST_SHOWN = 60;

function beginning(source: Buffer, from: number, to: number): string {
  const shown = source.toString('utf8', from, Math.min(to, from + LONGEST_SHOWN));
  return to - from > LONGEST_SHOWN ? `${shown}…` : shown;
}

function tree(keep: ReadonlyArray<readonly string[]>): Kept {
  const root: Kept = new Map();
  // Short paths first: a value that is kept whole needs no names below it.
  for (const path of [...keep].sort((a, b) => a.length - b.length)) {
    let at = root;
    for (const name of path) {
      const next = at.get(name);
      if (next?.size === 0) break;
      const child: Kept = next ?? new Map();
      at.set(name, child);
      at = child;
    }
  }
  return root;
}
