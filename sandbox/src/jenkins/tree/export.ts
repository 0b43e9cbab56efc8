import { Refusal } from '../../http/refusal.ts';
import { type ByteWriter, byteWriter, piece, put, putAscii, putText, written } from '../../http/writer.ts';
import { type Bean, type Entries, isBean, isLongList, isMap, Unexportable, type Value } from './bean.ts';
import type { Pruner } from './pruner.ts';

/** Properties that only an explicit tree (or a depth of 3) shows. */
const HIDDEN: Readonly<Record<string, number>> = { allBuilds: -2 };
const ALWAYS = 999;

/**
 * Writes an object as Stapler does: the class, then the accepted properties in order. Unknown names in a tree are
 * skipped in silence, because nothing asks for them.
 * @param strictRanges as before Jenkins 2.550: a range past the end of a plain list throws
 */
export function putBean(out: ByteWriter, object: Bean, pruner: Pruner, strictRanges: boolean): void {
  putAscii(out, '{');
  let first = putClass(out, object);
  for (const [name, value, inside] of accepted(object, pruner)) {
    putName(out, name, first);
    first = false;
    putValue(out, value, inside, strictRanges);
  }
  putAscii(out, '}');
}

/** The properties that are written: name, value and the pruner for the value. */
function* accepted(object: Bean, pruner: Pruner): Generator<[string, Value, Pruner]> {
  for (const name in object.properties) {
    const inside = pruner.accept(name, visibilityOf(object, name));
    if (!inside) continue;
    const property = object.properties[name]!;
    yield [name, typeof property === 'function' ? property() : property, inside];
  }
}

/** Returns whether the object is still empty. */
function putClass(out: ByteWriter, { className }: Bean): boolean {
  if (className === undefined) return true;
  put(out, encoded(classes, className));
  return false;
}

function putName(out: ByteWriter, name: string, first: boolean): void {
  if (!first) putAscii(out, ',');
  put(out, encoded(names, name));
}

/** Bytes of names and classes, encoded once. Both are few: they stand in the code. */
const names = new Map<string, Buffer>();
const classes = new Map<string, Buffer>();

function encoded(known: Map<string, Buffer>, text: string): Buffer {
  let bytes = known.get(text);
  if (!bytes) {
    bytes = piece(known === classes ? `"_class":"${text}"` : `"${text}":`);
    known.set(text, bytes);
  }
  return bytes;
}

function visibilityOf({ always }: Bean, name: string): number {
  const hidden = HIDDEN[name];
  if (hidden !== undefined) return hidden;
  return !always || always.has(name) ? ALWAYS : 1;
}

function putValue(out: ByteWriter, value: Value, pruner: Pruner, strictRanges: boolean): void {
  if (typeof value === 'string') putText(out, quoted(value));
  else if (value === null || typeof value !== 'object') putAscii(out, String(value));
  else if (isBean(value)) putBean(out, value, pruner, strictRanges);
  else if (isMap(value)) putMap(out, value, pruner, strictRanges);
  else putList(out, itemsOf(value, pruner, strictRanges), pruner, strictRanges);
}

/** A string as Stapler writes it: control characters, line ends too, and both halves of a pair as `\\u000a`. */
function quoted(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  return `"${text.replace(SPECIALS, (one) =>
    one === '"' || one === '\\' ? `\\${one}` : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
const SPECIAL = /[\u0000-\u001f"\\\ud800-\udfff]/;
const SPECIALS = new RegExp(SPECIAL, 'g');

function putMap(out: ByteWriter, { entries }: Entries, pruner: Pruner, strictRanges: boolean): void {
  putAscii(out, '{');
  for (const [i, key] of Object.keys(entries).entries()) {
    putText(out, `${i > 0 ? ',' : ''}${quoted(key)}:`);
    putValue(out, entries[key]!, pruner, strictRanges);
  }
  putAscii(out, '}');
}

function itemsOf(
  value: Exclude<Value, Bean | Entries>,
  { range }: Pruner,
  strictRanges: boolean,
): Iterable<Value> {
  if (value === null || typeof value !== 'object') throw new TypeError('not a list');
  if (isLongList(value)) return value.items(range?.min ?? 0, Math.min(range?.max ?? Infinity, value.size()));
  const list = value as readonly Value[];
  if (!range) return list;
  const end = Math.min(range.max, list.length);
  // No property failed, so nothing catches this: the whole answer is a 500, however deep the list is.
  if (strictRanges && range.min > end)
    throw new Refusal(`java.lang.IllegalArgumentException: fromIndex(${range.min}) > toIndex(${end})`, 500);
  return list.slice(range.min, range.max);
}

function putList(out: ByteWriter, items: Iterable<Value>, pruner: Pruner, strictRanges: boolean): void {
  putAscii(out, '[');
  let first = true;
  for (const item of items) if (putItem(out, item, first, pruner, strictRanges)) first = false;
  putAscii(out, ']');
}

/**
 * Writes one item of a list. Returns false if a property of it throws: Stapler writes each item into a buffer, and
 * forgets the buffer then. Only its log says so.
 */
function putItem(
  out: ByteWriter,
  item: Value,
  first: boolean,
  pruner: Pruner,
  strictRanges: boolean,
): boolean {
  const before = out.length;
  try {
    if (!first) putAscii(out, ',');
    putValue(out, item, pruner, strictRanges);
    return true;
  } catch (error) {
    if (!(error instanceof Unexportable)) throw error;
    out.length = before;
    return false;
  }
}

/** How much is written before it is handed on. */
const PIECE_BYTES = 64 * 1024;

/** The bytes of {@link putBean}, in pieces: an item of a long list of this object is made when the one before it is sent. */
export function* piecesOf(object: Bean, pruner: Pruner, strictRanges: boolean): Generator<Buffer> {
  const out = byteWriter(2 * PIECE_BYTES);
  const taken = (): Buffer => {
    const bytes = Buffer.from(written(out));
    out.length = 0;
    return bytes;
  };
  putAscii(out, '{');
  let first = putClass(out, object);
  for (const [name, value, inside] of accepted(object, pruner)) {
    putName(out, name, first);
    first = false;
    if (typeof value !== 'object' || !isLongList(value)) {
      putValue(out, value, inside, strictRanges);
      continue;
    }
    putAscii(out, '[');
    let firstItem = true;
    for (const item of itemsOf(value, inside, strictRanges)) {
      if (putItem(out, item, firstItem, inside, strictRanges)) firstItem = false;
      if (out.length >= PIECE_BYTES) yield taken();
    }
    putAscii(out, ']');
  }
  putAscii(out, '}');
  yield taken();
}
