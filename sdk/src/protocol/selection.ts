import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  InvalidJsonError,
  OPEN_BRACE,
  OPEN_BRACKET,
  passed,
  skipKey,
  skipSpace,
  skipString,
  skipValue,
} from './json-bytes.ts';
import { Page } from './page.ts';

/**
 * What a scan takes from a JSON text: `fields` are paths from the top (`nextPageToken`), `records` is the
 * path of the array whose elements are records (`''`: the text itself is that array; absent: none), and
 * `record` holds paths inside each record (`fields.updated`). A path is keys joined by dots.
 */
export interface SelectionPaths<F extends string = string, R extends string = string> {
  readonly fields?: Readonly<Record<F, string>>;
  readonly records?: string;
  readonly record?: Readonly<Record<R, string>>;
}

interface Node {
  readonly keys: Array<{ readonly name: string; readonly bytes: Uint8Array; readonly node: Node }>;
  /** Index of the value this node captures, or -1. */
  slot: number;
  /** Every slot of this node and below: forgotten when a key comes a second time (the last one counts). */
  readonly below: number[];
  /** Set where the node is the array of records. */
  element?: Node;
}

const newNode = (): Node => ({ keys: [], slot: -1, below: [] });

function addPath(root: Node, path: string, slot: number): Node {
  let node = root;
  for (const name of path === '' ? [] : path.split('.')) {
    if (slot >= 0) node.below.push(slot);
    let child = node.keys.find((key) => key.name === name)?.node;
    if (!child) {
      child = newNode();
      node.keys.push({ name, bytes: new TextEncoder().encode(name), node: child });
    }
    node = child;
  }
  if (slot >= 0) {
    node.slot = slot;
    node.below.push(slot);
  }
  return node;
}

/** Integers per record before its slots: start, end, 1 where its slice holds a line break. */
export const ROW_HEAD = 3;

/** A compiled selection: make it once per kind of answer, use it for every page. */
export class Selection<F extends string = string, R extends string = string> {
  readonly fieldSlot: ReadonlyMap<F, number>;
  readonly recordSlot: ReadonlyMap<R, number>;
  readonly hasRecords: boolean;
  readonly stride: number;
  readonly #root = newNode();

  constructor(paths: SelectionPaths<F, R>) {
    const fields = Object.entries(paths.fields ?? {}) as Array<[F, string]>;
    const record = Object.entries(paths.record ?? {}) as Array<[R, string]>;
    this.fieldSlot = new Map(fields.map(([name], slot) => [name, slot]));
    this.recordSlot = new Map(record.map(([name], slot) => [name, slot]));
    this.hasRecords = paths.records !== undefined;
    this.stride = ROW_HEAD + 2 * record.length;
    fields.forEach(([, path], slot) => {
      addPath(this.#root, path, slot);
    });
    if (paths.records !== undefined) {
      const element = newNode();
      record.forEach(([, path], slot) => {
        addPath(element, path, slot);
      });
      addPath(this.#root, paths.records, -1).element = element;
    }
  }

  /**
   * Scans one JSON text, all of it, and returns where its records and the wanted values stand.
   * The page keeps `bytes`; nothing is copied. `reuse` is a page of this selection to fill again.
   * @throws InvalidJsonError where JSON.parse would throw, or where `records` names something that is there
   *   and is no array (a missing array is a page without `records`: see Page.hasRecords)
   */
  scan(bytes: Uint8Array, start = 0, end = bytes.length, reuse?: Page<F, R>): Page<F, R> {
    const page = reuse ?? new Page<F, R>(this);
    page.begin(bytes);
    let i = this.#value(bytes, start, end, this.#root, page.fields, 0, page);
    if (i < end) i = skipSpace(bytes, i, end);
    if (i !== end) throw new InvalidJsonError(i, i < end ? 'something follows the value' : 'it ends too early');
    return page;
  }

  #value(bytes: Uint8Array, start: number, end: number, node: Node, into: Int32Array, base: number, page: Page): number {
    let i = start;
    if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
    const from = i;
    if (bytes[i] === OPEN_BRACE && node.keys.length > 0) i = this.#object(bytes, i, end, node, into, base, page);
    else if (bytes[i] === OPEN_BRACKET && node.element) i = this.#records(bytes, i, end, node.element, page);
    else {
      if (node.element) throw new InvalidJsonError(i, 'an array of records was expected here');
      i = skipValue(bytes, i, end);
    }
    if (node.slot >= 0) {
      into[base + 2 * node.slot] = from;
      into[base + 2 * node.slot + 1] = i;
    }
    return i;
  }

  #object(bytes: Uint8Array, start: number, end: number, node: Node, into: Int32Array, base: number, page: Page): number {
    let i = skipSpace(bytes, start + 1, end);
    if (bytes[i] === CLOSE_BRACE) return i + 1;
    for (;;) {
      const key = i;
      i = skipKey(bytes, i, end);
      const child = childOf(node, bytes, key);
      if (child) {
        for (const slot of child.below) into[base + 2 * slot] = -1;
        i = this.#value(bytes, i, end, child, into, base, page);
      } else i = skipValue(bytes, i, end);
      if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
      if (bytes[i] === CLOSE_BRACE) return i + 1;
      if (bytes[i] !== COMMA) throw new InvalidJsonError(i, 'a comma or } is missing');
      i = skipSpace(bytes, i + 1, end);
    }
  }

  #records(bytes: Uint8Array, start: number, end: number, element: Node, page: Page): number {
    page.startRecords();
    const outside = passed.lineBreak;
    let i = skipSpace(bytes, start + 1, end);
    if (bytes[i] === CLOSE_BRACKET) return i + 1;
    for (;;) {
      i = skipSpace(bytes, i, end);
      passed.lineBreak = false;
      const base = page.addRow(i);
      i = this.#value(bytes, i, end, element, page.rows, base + ROW_HEAD, page);
      page.rows[base + 1] = i;
      page.rows[base + 2] = passed.lineBreak ? 1 : 0;
      if ((bytes[i] as number) <= 0x20) i = skipSpace(bytes, i, end);
      if (bytes[i] === CLOSE_BRACKET) break;
      if (bytes[i] !== COMMA) throw new InvalidJsonError(i, 'a comma or ] is missing');
      i++;
    }
    passed.lineBreak = outside;
    return i + 1;
  }
}

/** The child that the key at `quote` names; a key written with escapes is compared by what it says. */
function childOf(node: Node, bytes: Uint8Array, quote: number): Node | undefined {
  const from = quote + 1;
  for (const key of node.keys) {
    const length = key.bytes.length;
    if (bytes[from + length] !== 0x22) continue;
    let k = 0;
    while (k < length && bytes[from + k] === key.bytes[k]) k++;
    if (k === length) return key.node;
  }
  const behind = skipString(bytes, from);
  for (let i = from; i < behind; i++) {
    if (bytes[i] === BACKSLASH) {
      const name = JSON.parse(new TextDecoder().decode(bytes.subarray(quote, behind))) as string;
      return node.keys.find((key) => key.name === name)?.node;
    }
  }
  return undefined;
}
