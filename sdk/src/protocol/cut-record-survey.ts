import { Buffer } from 'node:buffer';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipColon,
  skipSpace,
  skipString,
  skipValue,
} from './json-bytes.ts';
import { JsonText } from './json-text.ts';

/** The paths that must be kept, as a tree of names. A name without names below it is kept whole. */
export type Kept = Map<string, Kept>;

/** A value in a record that may be cut: its bytes and its position. */
export interface Cuttable {
  readonly start: number;
  readonly end: number;
  /** Dotted path; list elements by their index. */
  readonly field: string;
  readonly isString: boolean;
}

/** The values of a record that may be cut. None of them is inside or around a value that must be kept. */
export interface Survey {
  /** The longest non-empty strings, longest first. */
  readonly strings: readonly Cuttable[];
  /** The smallest list or object that is larger than the excess. */
  readonly sufficient: Cuttable | undefined;
  /** The largest value that is not inside another value that may be cut. */
  readonly largest: Cuttable | undefined;
}

/** Values deeper than this are only cut as part of their parents, so that the walk cannot overflow the stack. */
const DEEPEST = 16;
/** A key can be as long as a record, but `meta.changes` must not contain such a name. */
const LONGEST_FIELD = 200;

/** The keys and indexes that lead to a value. They are decoded only if the value is reported. */
class Path {
  readonly #json: JsonText;
  /** Start and end of a key including its quotes, or -1 and an array index. */
  readonly #steps: number[] = [];

  constructor(json: JsonText) {
    this.#json = json;
  }

  push(from: number, to: number): void {
    this.#steps.push(from, to);
  }

  pop(): void {
    this.#steps.length -= 2;
  }

  field(): string {
    const names: string[] = [];
    let length = 0;
    for (let k = 0; k < this.#steps.length && length <= LONGEST_FIELD; k += 2) {
      const from = this.#steps[k]!;
      const to = this.#steps[k + 1]!;
      const name = from === -1 ? String(to) : nameAt(this.#json, from, to);
      length += name.length + 1;
      names.push(name);
    }
    const field = names.join('.');
    return field.length > LONGEST_FIELD ? `${field.slice(0, LONGEST_FIELD)}…` : field;
  }
}

/** A decoded key. `[from, to)` are its bytes with the quotes, as positions in the whole buffer. */
export function nameAt({ bytes }: JsonText, from: number, to: number): string {
  const text = Buffer.from(bytes.buffer, from, to - from).toString('utf8');
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

/**
 * Calls `member` for each member of the object at `i`, with the key's bytes including quotes and the start of the
 * value. `member` returns the position after the value. Returns the position after the object.
 */
export function eachMember(
  json: JsonText,
  i: number,
  member: (keyStart: number, keyEnd: number, value: number) => number,
): number {
  const { bytes: b, words: w, end, lastQuote } = json;
  let at = skipSpace(b, i + 1);
  while (b[at] !== CLOSE_BRACE) {
    if (b[at] !== QUOTE) at = skipSpace(b, at + 1);
    const keyEnd = skipString(b, w, at + 1, end, lastQuote);
    at = skipSpace(b, member(at, keyEnd, skipSpace(b, skipColon(b, keyEnd))));
  }
  return at + 1;
}

function eachElement(json: JsonText, i: number, element: (index: number, value: number) => number): number {
  const { bytes: b } = json;
  let at = skipSpace(b, i + 1);
  for (let index = 0; b[at] !== CLOSE_BRACKET; index++) {
    if (index > 0) at = skipSpace(b, at + 1);
    at = skipSpace(b, element(index, at));
  }
  return at + 1;
}

/**
 * Surveys a record that is `excess` bytes too long. One pass; memory use does not depend on the record.
 * @param data a valid JSON object
 * @param most how many strings to collect
 */
export function surveyRecord(data: Uint8Array, kept: Kept, excess: number, most: number): Survey {
  const json = new JsonText();
  json.open(data, 0, data.length);
  const { bytes: b, words: w, end, lastQuote, base } = json;
  const path = new Path(json);
  const strings: Cuttable[] = [];
  let sufficient: Cuttable | undefined;
  let largest: Cuttable | undefined;

  const sizeOf = (value: Cuttable | undefined): number => (value ? value.end - value.start : 0);
  const found = (start: number, behind: number): Cuttable => ({
    start: start - base,
    end: behind - base,
    field: path.field(),
    isString: b[start] === QUOTE,
  });

  function offerString(start: number, behind: number): void {
    const size = behind - start;
    if (size <= 2 || (strings.length === most && size <= sizeOf(strings.at(-1)))) return;
    const at = strings.findIndex((other) => sizeOf(other) < size);
    strings.splice(at === -1 ? strings.length : at, 0, found(start, behind));
    if (strings.length > most) strings.pop();
  }

  /** Notes a value that may be cut; returns the position after it. */
  function cuttable(i: number, depth: number): number {
    const c = b[i];
    let behind: number;
    if (c === QUOTE) {
      behind = skipString(b, w, i + 1, end, lastQuote);
      offerString(i, behind);
    } else if ((c !== OPEN_BRACE && c !== OPEN_BRACKET) || depth > DEEPEST) {
      behind = skipValue(b, w, i, end, lastQuote);
    } else if (c === OPEN_BRACE) {
      behind = eachMember(json, i, (from, to, value) => below(from, to, value, depth));
    } else behind = eachElement(json, i, (index, value) => below(-1, index, value, depth));
    const size = behind - i;
    if ((c === OPEN_BRACE || c === OPEN_BRACKET) && size - NULL_LENGTH >= excess) {
      if (sufficient === undefined || size < sizeOf(sufficient)) sufficient = found(i, behind);
    }
    if (depth === 0 && size > NULL_LENGTH && size > sizeOf(largest)) largest = found(i, behind);
    return behind;
  }

  function below(from: number, to: number, value: number, depth: number): number {
    path.push(from, to);
    const behind = cuttable(value, depth + 1);
    path.pop();
    return behind;
  }

  /**
   * Walks an object that contains something to be kept. Its other members may be cut, but not the object itself.
   */
  function open(i: number, names: Kept): number {
    return eachMember(json, i, (from, to, value) => {
      path.push(from, to);
      const kind = kindOf(json, from, to, value, names);
      const behind =
        kind === 'cuttable' || kind === 'blocking'
          ? cuttable(value, 0)
          : kind === 'kept'
            ? skipValue(b, w, value, end, lastQuote)
            : open(value, kind);
      path.pop();
      return behind;
    });
  }

  open(json.start, kept);
  return { strings, sufficient, largest };
}

/**
 * What may be done with a member of such an object. A returned tree of names means that the member contains
 * something to be kept.
 */
export function kindOf(
  json: JsonText,
  from: number,
  to: number,
  value: number,
  names: Kept,
): 'cuttable' | 'blocking' | 'kept' | Kept {
  if (names.size === 0) return 'cuttable';
  const below = names.get(nameAt(json, from, to));
  if (below === undefined) return 'cuttable';
  if (below.size === 0) return 'kept';
  // The path continues into a value that has no members, so nothing inside must be kept. But the member must not
  // be removed: an earlier member with the same name would take its place.
  return json.bytes[value] === OPEN_BRACE ? below : 'blocking';
}

const NULL_LENGTH = 4;
