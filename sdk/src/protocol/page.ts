import { Buffer, isUtf8 } from 'node:buffer';
import { DataError, type HeadraceError } from '../errors.ts';
import { instantAt } from './instant.ts';
import { BACKSLASH, OPEN_BRACE, QUOTE } from './json-bytes.ts';
import { JsonText } from './json-text.ts';
import { minify } from './minify.ts';
import { ROW_HEAD } from './scan-text.ts';
import { Selection } from './selection.ts';

/**
 * One scanned JSON text: its bytes and the positions of its records and selected values. Values are decoded only
 * on request. Rows are numbered from 0, in the order of the text.
 */
export class Page<F extends string = string, R extends string = string> {
  /** The response body as received. */
  bytes: Buffer = NOTHING;
  /** @internal The text that the scanner walks. `fields` and `rows` contain positions in it. */
  readonly json = new JsonText();
  /** The selection that this page was scanned with. */
  readonly selection: Selection<F, R>;
  /** @internal For the scanner: start and end of each selected page field; -1 if absent. */
  readonly fields: Int32Array;
  /**
   * @internal For the scanner, per record: start, end, whether it has a line break, then start and end of each
   *   selected value.
   */
  rows: Int32Array = EMPTY;
  /** Whether the list of records was present. A response without the list is not an empty page. */
  hasRecords = false;
  /** The number of records. */
  count = 0;
  /**
   * Keys of records in this part of the list that could not be read. The cursor records them as owed before it
   * moves on (invariant 4). A page may have such keys and no rows.
   */
  unreadable: readonly string[] = [];
  /** The vendor's error for the first of them, if known; used in the stream's error. */
  because: HeadraceError | undefined;
  /**
   * Rows that contain null where the vendor wrote a number that JSON does not have; see `pageOfLoose`. The change is
   * recorded with the record (invariant 7).
   */
  mended: ReadonlySet<number> = NO_ROWS;
  /** @internal For the scanner: whether there is something other than a list in the place of the records. */
  isNoList = false;
  /**
   * @internal For `windowRows`: what it has read of this page. A WeakMap would keep responses until the next full garbage
   *   collection, which costs a tenth of a read.
   */
  looked: unknown;
  /** @internal For `childrenPage`: the parent that the records belong to. Not in a WeakMap, for the same reason. */
  parent: Page | undefined;

  /** @internal For the scanner. */
  constructor(selection: Selection<F, R>) {
    this.selection = selection;
    this.fields = new Int32Array(2 * selection.fieldSlot.size);
  }

  /** @internal For the scanner: starts a scan of `[start, end)` of `bytes`. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.json.open(bytes, start, end);
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.fields.fill(-1);
    this.forgetRecords();
    this.unreadable = [];
    this.because = undefined;
    this.looked = undefined;
    this.parent = undefined;
    this.mended = NO_ROWS;
    this.#utf8 = undefined;
  }

  /** A page made from values instead of a response, for the few records that a stream has to build itself. */
  static of<R extends string>(
    records: readonly object[],
    record: Readonly<Record<R, string>>,
  ): Page<never, R> {
    return new Selection<never, R>({ records: '', record }).scan(Buffer.from(JSON.stringify(records)));
  }

  /** A page that contains only the keys of records that could not be read; see `unreadable`. */
  static unreadable(keys: readonly string[], because?: HeadraceError): Page {
    const page = Page.of([], {}) as Page;
    page.unreadable = keys;
    page.because = because;
    return page;
  }

  /** @internal For the scanner: the list of records begins. */
  startRecords(): void {
    this.hasRecords = true;
  }

  /**
   * @internal For the scanner: the key of the record list was found, possibly for a second time. The last one
   *   counts.
   */
  forgetRecords(): void {
    this.hasRecords = false;
    this.count = 0;
    this.isNoList = false;
  }

  /** @internal For the scanner: adds a row that starts at byte `start` and returns its offset in `rows`. */
  addRow(start: number): number {
    const { stride } = this.selection;
    const base = this.count * stride;
    if (base + stride > this.rows.length) {
      const bigger = new Int32Array(Math.max(stride * 64, this.rows.length * 2));
      bigger.set(this.rows);
      this.rows = bigger;
    }
    this.rows.fill(-1, base, base + stride);
    this.rows[base] = start;
    this.count++;
    return base;
  }

  /** A page field as a JSON value; undefined if absent. */
  field(name: F): unknown {
    const at = 2 * (this.selection.fieldSlot.get(name) ?? fail(name));
    return this.#json(this.fields[at]!, this.fields[at + 1]!);
  }

  /** Start and end of a page field's bytes; undefined if absent. */
  fieldSpan(name: F): [number, number] | undefined {
    const at = 2 * (this.selection.fieldSlot.get(name) ?? fail(name));
    if (this.fields[at] === -1) return undefined;
    return [this.fields[at]! - this.json.base, this.fields[at + 1]! - this.json.base];
  }

  /** A page field as an identifier, such as a page token; see `id`. */
  fieldId(name: F): string | undefined {
    const at = 2 * (this.selection.fieldSlot.get(name) ?? fail(name));
    return this.#id(this.fields[at]!, this.fields[at + 1]!);
  }

  /** A selected value of a record as a JSON value; undefined if absent. */
  value(row: number, name: R): unknown {
    const at = this.#slot(row, name);
    return this.#json(this.rows[at]!, this.rows[at + 1]!);
  }

  /** Whether a record has the selected value; `null` counts. */
  has(row: number, name: R): boolean {
    return this.rows[this.#slot(row, name)] !== -1;
  }

  /** A selected string of a record; undefined if it is absent, null or not a string. */
  text(row: number, name: R): string | undefined {
    const at = this.#slot(row, name);
    const start = this.rows[at]!;
    const { bytes, base } = this.json;
    if (start === -1 || bytes[start] !== QUOTE) return undefined;
    const end = this.rows[at + 1]!;
    for (let i = start + 1; i < end - 1; i++) {
      const c = bytes[i]!;
      // Only plain ASCII can be read directly; anything else needs a decoder.
      if (c === BACKSLASH || c >= 0x80) return this.#json(start, end) as string;
    }
    return this.bytes.toString('latin1', start + 1 - base, end - 1 - base);
  }

  /**
   * A selected value as an identifier: a string as decoded, a number by its original digits. Numbers are never
   * converted to a double, which would merge ids above 2^53. Undefined if it is absent, null or of another type.
   */
  id(row: number, name: R): string | undefined {
    const at = this.#slot(row, name);
    const start = this.rows[at]!;
    if (start !== -1 && this.json.bytes[start] === QUOTE) return this.text(row, name);
    return this.#id(start, this.rows[at + 1]!);
  }

  /**
   * A column: the selected value of each record, in order, as an identifier (see `id`).
   * @throws DataError (`record.no_value`) if a record lacks it
   */
  values(name: R): string[] {
    const column: string[] = [];
    for (let row = 0; row < this.count; row++) {
      const value = this.id(row, name);
      if (value === undefined) throw missing(row, this.count, name, column.at(-1));
      column.push(value);
    }
    return column;
  }

  /** The bytes of a selected value that is present. */
  raw(row: number, name: R): Uint8Array {
    const at = this.#slot(row, name);
    const { base } = this.json;
    return this.bytes.subarray(this.rows[at]! - base, this.rows[at + 1]! - base);
  }

  /**
   * A selected timestamp of a record in ms since 1970: a string as parsed by `instantOf`, or a number of ms. NaN
   * if it is absent or neither.
   */
  instant(row: number, name: R): number {
    const at = this.#slot(row, name);
    const start = this.rows[at]!;
    const end = this.rows[at + 1]!;
    const { bytes } = this.json;
    if (start !== -1 && bytes[start] === QUOTE) return instantAt(bytes, start + 1, end - 1);
    const value = this.#json(start, end);
    // Using a Date gives whole ms, and NaN for times that no calendar has.
    return typeof value === 'number' ? new Date(value).getTime() : Number.NaN;
  }

  /** Whether a record is a JSON object. Only objects can be sent. */
  isObject(row: number): boolean {
    return this.json.bytes[this.rows[row * this.selection.stride]!] === OPEN_BRACE;
  }

  /** @internal Start and end of a record in `bytes`. */
  span(row: number): [number, number] {
    const at = row * this.selection.stride;
    return [this.rows[at]! - this.json.base, this.rows[at + 1]! - this.json.base];
  }

  /** A record's own bytes, on one line: a record with line breaks in its white space is minified. */
  record(row: number): Uint8Array {
    const base = row * this.selection.stride;
    const start = this.rows[base]!;
    const end = this.rows[base + 1]!;
    const { bytes } = this.json;
    return this.rows[base + 2] === 1
      ? minify(bytes, start, end)
      : new Uint8Array(bytes.buffer, start, end - start);
  }

  #utf8: boolean | undefined;
  /** Whether all bytes of the page are UTF-8. If so, records need not be checked one by one. */
  get isUtf8(): boolean {
    this.#utf8 ??= isUtf8(this.bytes);
    return this.#utf8;
  }

  #slot(row: number, name: R): number {
    if (row < 0 || row >= this.count)
      throw new RangeError(`the page has ${this.count} records, not ${row + 1}`);
    return row * this.selection.stride + ROW_HEAD + 2 * (this.selection.recordSlot.get(name) ?? fail(name));
  }

  #id(start: number, end: number): string | undefined {
    if (start === -1) return undefined;
    const { bytes, base } = this.json;
    const c = bytes[start]!;
    if (c === QUOTE) return this.#json(start, end) as string;
    const isNumber = c === MINUS || (c >= ZERO && c <= NINE);
    return isNumber ? this.bytes.toString('latin1', start - base, end - base) : undefined;
  }

  #json(start: number, end: number): unknown {
    if (start === -1) return undefined;
    const { bytes, base } = this.json;
    if (bytes[start] === QUOTE && !hasEscape(bytes, start + 1, end)) {
      return this.bytes.toString('utf8', start + 1 - base, end - 1 - base);
    }
    return JSON.parse(this.bytes.toString('utf8', start - base, end - base));
  }
}

/** Most strings have no escapes and need no JSON.parse, which is five times as slow. */
function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === BACKSLASH) return true;
  return false;
}

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const EMPTY = new Int32Array(0);
const NO_ROWS: ReadonlySet<number> = new Set();
const NOTHING = Buffer.alloc(0);

function fail(name: string): never {
  throw new RangeError(`the selection has no field named ${name}`);
}

/** @param before the value of the previous record, to show where in the list it is */
function missing(row: number, count: number, name: string, before: string | undefined): DataError {
  const where = before === undefined ? '' : `, after the record with ${before}`;
  return new DataError(`record ${row + 1} of the ${count} of a page came without a ${name}${where}`, {
    code: 'record.no_value',
    place: name,
    hint: `is ${name} selected with the right path?`,
  });
}
