import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  InvalidJsonError,
  OPEN_BRACE,
  OPEN_BRACKET,
  passed,
  QUOTE,
  skipColon,
  skipSpace,
  skipString,
} from './json-bytes.ts';
import type { JsonText } from './json-text.ts';
import { Page } from './page.ts';
import { wrongShape } from './wrong-shape.ts';

/** The value of `records` if the response itself is the only record. */
const WHOLE = '.';
const LETTER_N = 0x6e;

/**
 * What a scan takes from a JSON text. `fields` are paths from the top (`nextPageToken`). `records` is the path of
 * the array of records (`''`: the text itself is that array; `'.'`: the text itself is the one record; absent: no
 * records). `record` contains paths inside each record (`fields.updated`). A path is keys joined by dots. An
 * object in the place of the list counts as one record.
 */
export interface SelectionPaths<F extends string = string, R extends string = string> {
  readonly fields?: Readonly<Record<F, string>>;
  readonly records?: string;
  /**
   * For vendors that write null for an empty list: null at `records`, or on the path to it, is a list without
   * records. By default null is rejected like any other value. A missing list stays missing either way.
   */
  readonly nullable?: boolean;
  readonly record?: Readonly<Record<R, string>>;
}

interface Node {
  readonly keys: Array<{ readonly name: string; readonly bytes: Uint8Array; readonly node: Node }>;
  /** Bit n is set if a key of n bytes is wanted (bit 31: 31 bytes or more). */
  lengths: number;
  /** Indexes of the values that this node captures. */
  readonly slots: number[];
  /**
   * Every slot of this node and its descendants. They are cleared if a key occurs a second time, because the last
   * one counts.
   */
  readonly below: number[];
  /** Set if the node is the array of records. */
  element?: Node;
  /** Whether the array of records is this node or below it. */
  holdsRecords: boolean;
  /** Whether the node is reached by a key. An object at the top, where the list should be, is not a record. */
  isMember: boolean;
}

const newNode = (): Node => ({
  keys: [],
  lengths: 0,
  slots: [],
  below: [],
  element: undefined,
  holdsRecords: false,
  isMember: false,
});

function addPath(root: Node, path: string, slot: number): Node {
  let node = root;
  for (const name of path === '' ? [] : path.split('.')) {
    if (slot >= 0) node.below.push(slot);
    let child = node.keys.find((key) => key.name === name)?.node;
    if (!child) {
      child = newNode();
      const bytes = new TextEncoder().encode(name);
      node.keys.push({ name, bytes, node: child });
      node.lengths |= 1 << Math.min(bytes.length, 31);
    }
    node = child;
    node.isMember = true;
    if (slot < 0) node.holdsRecords = true;
  }
  if (slot >= 0) {
    node.slots.push(slot);
    node.below.push(slot);
  }
  return node;
}

/** Integers per record before its slots: start, end, and 1 if its slice contains a line break. */
export const ROW_HEAD = 3;

/** A compiled selection. Create it once per kind of response and use it for every page. */
export class Selection<F extends string = string, R extends string = string> {
  /** @internal */
  readonly fieldSlot: ReadonlyMap<F, number>;
  /** @internal */
  readonly recordSlot: ReadonlyMap<R, number>;
  /** Where to find the records: `SelectionPaths.records`. */
  readonly records: string | undefined;
  /** @internal Whether null means an empty list. */
  readonly nullable: boolean;
  /** @internal */
  readonly stride: number;
  readonly #root = newNode();
  /** Set if the text itself is the record. */
  readonly #whole: Node | undefined;

  constructor(paths: SelectionPaths<F, R>) {
    const fields = Object.entries(paths.fields ?? {}) as Array<[F, string]>;
    const record = Object.entries(paths.record ?? {}) as Array<[R, string]>;
    this.fieldSlot = new Map(fields.map(([name], slot) => [name, slot]));
    this.recordSlot = new Map(record.map(([name], slot) => [name, slot]));
    this.records = paths.records;
    this.nullable = paths.nullable === true;
    this.stride = ROW_HEAD + 2 * record.length;
    fields.forEach(([, path], slot) => {
      addPath(this.#root, path, slot);
    });
    if (paths.records !== undefined) {
      const element = newNode();
      record.forEach(([, path], slot) => {
        addPath(element, path, slot);
      });
      if (paths.records === WHOLE) {
        if (fields.length > 0)
          throw new RangeError('a record that is the whole answer has no fields beside it');
        this.#whole = element;
        return;
      }
      const list = addPath(this.#root, paths.records, -1);
      list.element = element;
      list.holdsRecords = true;
      // Everything is below the top, and no key leads to the top.
      this.#root.holdsRecords = true;
    }
  }

  /**
   * Scans one whole JSON text and returns the positions of its records and selected values. The page keeps
   * `bytes`; nothing is copied. `reuse` is a page of this selection to fill again.
   * @throws InvalidJsonError if JSON.parse would throw; WrongShapeError if `records` leads to something that is
   *   neither a list nor an object (a missing list gives a page without `records`: see Page.hasRecords)
   */
  scan(bytes: Uint8Array, start = 0, end = bytes.length, reuse?: Page<F, R>): Page<F, R> {
    const page = reuse ?? new Page<F, R>(this);
    try {
      page.begin(bytes, start, end);
      this.#scan(page);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      // The walk counts from the start of the whole buffer.
      throw new InvalidJsonError(error.offset - bytes.byteOffset - start, error.what);
    }
    if (page.isNoList) throw wrongShape(page.bytes.subarray(start, end), this.records ?? '');
    return page;
  }

  #scan(page: Page<F, R>): void {
    const { json: text } = page;
    if (!text.isContainer) {
      scanScalar(text, this.#root, page);
      if (this.#whole) page.isNoList = true;
    } else if (this.#whole) {
      if (text.bytes[text.start] === OPEN_BRACKET) page.isNoList = true;
      page.startRecords();
      checkEnd(text, scanRow(text, text.start, this.#whole, page));
    } else checkEnd(text, scanValue(text, text.start, this.#root, page.fields, 0, page));
  }
}

/** Checks the value at `i`, captures what `node` selects, and returns the position after it. */
function scanValue(
  text: JsonText,
  i: number,
  node: Node,
  into: Int32Array,
  base: number,
  page: Page,
): number {
  const b = text.bytes;
  const c = b[i];
  let behind: number;
  if (c === OPEN_BRACE && node.lengths !== 0) behind = scanObject(text, i, node, into, base, page);
  else if (c === OPEN_BRACKET && node.element) behind = scanRecords(text, i, node.element, page);
  else if (node.holdsRecords) behind = scanNoList(text, i, node, page);
  else behind = text.skipValue(i);
  for (const slot of node.slots) {
    into[base + 2 * slot] = i;
    into[base + 2 * slot + 1] = behind;
  }
  return behind;
}

function scanObject(
  text: JsonText,
  start: number,
  node: Node,
  into: Int32Array,
  base: number,
  page: Page,
): number {
  const { bytes: b, words: w, end, lastQuote } = text;
  const { lengths } = node;
  let i = start + 1;
  if (b[i]! <= 0x20) i = skipSpace(b, i);
  if (b[i] === CLOSE_BRACE) return i + 1;
  for (;;) {
    if (b[i] !== QUOTE) throw new InvalidJsonError(i, 'a key is missing');
    const key = i + 1;
    passed.escape = false;
    i = skipString(b, w, key, end, lastQuote);
    const length = i - 1 - key;
    const child =
      passed.escape || (lengths & (1 << Math.min(length, 31))) !== 0
        ? childOf(node, b, key, length, passed.escape)
        : undefined;
    i = skipColon(b, i);
    if (b[i]! <= 0x20) i = skipSpace(b, i);
    if (child === undefined) i = text.skipValue(i);
    else {
      for (const slot of child.below) into[base + 2 * slot] = -1;
      if (child.holdsRecords) page.forgetRecords();
      i = scanValue(text, i, child, into, base, page);
    }
    if (i === end) throw new InvalidJsonError(i, 'it ends too early');
    if (b[i]! <= 0x20) i = skipSpace(b, i);
    if (b[i] === CLOSE_BRACE) return i + 1;
    if (b[i] !== COMMA) throw new InvalidJsonError(i, 'a comma or } is missing');
    i++;
    if (b[i]! <= 0x20) i = skipSpace(b, i);
  }
}

/** Adds the record at `start` as a row, and returns the position after it. */
function scanRow(text: JsonText, start: number, element: Node, page: Page): number {
  passed.lineBreak = false;
  const base = page.addRow(start);
  const behind = scanValue(text, start, element, page.rows, base + ROW_HEAD, page);
  page.rows[base + 1] = behind;
  page.rows[base + 2] = passed.lineBreak ? 1 : 0;
  return behind;
}

function checkEnd(text: JsonText, behind: number): void {
  if (behind !== text.end) throw new InvalidJsonError(behind, 'something follows the value');
}

function scanRecords(text: JsonText, start: number, element: Node, page: Page): number {
  const { bytes: b, end } = text;
  page.startRecords();
  const outside = passed.lineBreak;
  let i = skipSpace(b, start + 1);
  if (b[i] === CLOSE_BRACKET) return i + 1;
  for (;;) {
    i = scanRow(text, i, element, page);
    if (i === end) throw new InvalidJsonError(i, 'it ends too early');
    if (b[i]! <= 0x20) i = skipSpace(b, i);
    if (b[i] === CLOSE_BRACKET) break;
    if (b[i] !== COMMA) throw new InvalidJsonError(i, 'a comma or ] is missing');
    i = skipSpace(b, i + 1);
  }
  passed.lineBreak = outside;
  return i + 1;
}

/**
 * Handles a value that is not a list in the place of the records, or on the path to it. It is one record, no
 * record, or an error.
 */
function scanNoList(text: JsonText, i: number, node: Node, page: Page): number {
  const c = text.bytes[i];
  if (c === OPEN_BRACE && node.isMember && node.element) {
    const outside = passed.lineBreak;
    page.startRecords();
    const behind = scanRow(text, i, node.element, page);
    passed.lineBreak = outside;
    return behind;
  }
  // No other value begins with an n.
  if (c === LETTER_N && page.selection.nullable) page.startRecords();
  else if (node.element) page.isNoList = true;
  return text.skipValue(i);
}

/**
 * A text that is a single string, number or literal. This is rare and short, so JSON.parse checks it (as Latin-1,
 * which does not require valid UTF-8).
 */
function scanScalar(text: JsonText, root: Node, page: Page): void {
  const { start, end } = text;
  try {
    JSON.parse(page.bytes.toString('latin1', start - text.base, end - text.base));
  } catch {
    throw new InvalidJsonError(start, 'a JSON value is missing');
  }
  if (root.holdsRecords) {
    if (text.bytes[start] === LETTER_N && page.selection.nullable) page.startRecords();
    else if (root.element) page.isNoList = true;
  }
  for (const slot of root.slots) page.fields.set([start, end], 2 * slot);
}

/** The child for a key of `length` bytes. A key written with escapes is decoded before it is compared. */
function childOf(
  node: Node,
  b: Uint8Array,
  from: number,
  length: number,
  escaped: boolean,
): Node | undefined {
  if (escaped) {
    const name = JSON.parse(new TextDecoder().decode(b.subarray(from - 1, from + length + 1))) as string;
    return node.keys.find((key) => key.name === name)?.node;
  }
  const { keys } = node;
  for (let n = 0; n < keys.length; n++) {
    const wanted = keys[n]!.bytes;
    if (wanted.length !== length) continue;
    let k = 0;
    while (k < length && b[from + k] === wanted[k]) k++;
    if (k === length) return keys[n]!.node;
  }
  return undefined;
}
