import { isObject } from '@headrace/sdk/protocol';
import stringWidth from 'string-width';
import { isWritten } from '../engine/numbers.ts';
import type { Line } from './line.ts';
import { paint } from './line.ts';
import { fitting, table } from './table.ts';

/** A value is cut to this part of the width if there are other columns to show, and to no more than this. */
const SHARE = 4;
const WIDE = 32;
/** What is looked at of a value: a record may have megabytes in one. */
const MOST_LETTERS = 400;

/**
 * Records as a table: a column for each first-level field, the named ones first. Fields that have no room are named below.
 * @param records parsed, with numbers as they are written
 */
export function recordTable(records: readonly unknown[], first: readonly string[], width: number): Line[] {
  const objects = records.map((record) => (isObject(record) ? record : { record }));
  const there = new Set(objects.flatMap(Object.keys));
  const heads = first.filter((name) => there.delete(name));
  const { told = [], rest = [] } = Object.groupBy(there, (name) =>
    objects.every((record) => isTelling(record[name])) ? 'told' : 'rest',
  );
  const fields = [...heads, ...told, ...rest];
  const cells = objects.map((record) => fields.map((name) => cellOf(record, name)));
  const most = Math.min(WIDE, Math.ceil(width / SHARE));
  const widths = fields.map((name, k) =>
    Math.min(most, Math.max(stringWidth(name), ...cells.map((row) => stringWidth(row[k]!)))),
  );
  const fit = fitting(widths, width);
  // What was counted as narrower than it is, is cut if the others need the room.
  const columns = fields.slice(0, fit).map((name) => ({ name, cut: true }));
  const lines: Line[] = table(
    columns,
    cells.map((row) => row.slice(0, fit)),
    width,
  );
  if (fit < fields.length)
    return [
      ...lines,
      paint('dim', `and ${fields.length - fit} more fields: ${fields.slice(fit).join(', ')}`),
    ];
  return lines;
}

/** Addresses and nested values say little once they are cut, so they come last. */
function isTelling(value: unknown): boolean {
  if (typeof value === 'string') return !/^https?:/.test(value);
  return typeof value !== 'object' || value === null || isWritten(value);
}

function cellOf(record: Readonly<Record<string, unknown>>, name: string): string {
  if (!Object.hasOwn(record, name)) return '';
  const value = record[name];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}
