import { type ByteWriter, putAscii, putText } from '../../http/writer.ts';
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
  let first = true;
  if (object.className !== undefined) {
    putText(out, `"_class":"${object.className}"`);
    first = false;
  }
  for (const name in object.properties) {
    const inside = pruner.accept(name, visibilityOf(object, name));
    if (!inside) continue;
    const property = object.properties[name]!;
    const value = typeof property === 'function' ? property() : property;
    putText(out, `${first ? '' : ','}"${name}":`);
    first = false;
    putValue(out, value, inside, strictRanges);
  }
  putAscii(out, '}');
}

function visibilityOf({ always }: Bean, name: string): number {
  const hidden = HIDDEN[name];
  if (hidden !== undefined) return hidden;
  return !always || always.has(name) ? ALWAYS : 1;
}

function putValue(out: ByteWriter, value: Value, pruner: Pruner, strictRanges: boolean): void {
  if (typeof value === 'string') putText(out, JSON.stringify(value));
  else if (value === null || typeof value !== 'object') putAscii(out, String(value));
  else if (isBean(value)) putBean(out, value, pruner, strictRanges);
  else if (isMap(value)) putMap(out, value, pruner, strictRanges);
  else putList(out, itemsOf(value, pruner, strictRanges), pruner, strictRanges);
}

function putMap(out: ByteWriter, { entries }: Entries, pruner: Pruner, strictRanges: boolean): void {
  putAscii(out, '{');
  for (const [i, key] of Object.keys(entries).entries()) {
    putText(out, `${i > 0 ? ',' : ''}${JSON.stringify(key)}:`);
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
  if (strictRanges && range.min > Math.min(range.max, list.length))
    throw new Unexportable(`fromIndex(${range.min}) > toIndex(${Math.min(range.max, list.length)})`);
  return list.slice(range.min, range.max);
}

function putList(out: ByteWriter, items: Iterable<Value>, pruner: Pruner, strictRanges: boolean): void {
  putAscii(out, '[');
  let first = true;
  for (const item of items) {
    const before = out.length;
    try {
      if (!first) putAscii(out, ',');
      putValue(out, item, pruner, strictRanges);
      first = false;
    } catch (error) {
      // Stapler writes each item into a buffer, and forgets the buffer if a property throws. Only its log says so.
      if (!(error instanceof Unexportable)) throw error;
      out.length = before;
    }
  }
  putAscii(out, ']');
}
