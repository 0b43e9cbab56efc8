import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import { LISTS } from './nested.ts';

const SELECTIONS = LISTS.map((list) => [list, new Selection({ records: '.', record: { list } })] as const);

/** A record without the members that list the items below it, which are records of their own. */
export function withoutLists(bytes: Uint8Array): Buffer {
  let record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [name, selection] of SELECTIONS) {
    const page = selection.scan(record);
    if (!page.has(0, 'list')) continue;
    const value = page.raw(0, 'list');
    const start = value.byteOffset - page.bytes.byteOffset;
    const [from, to] = memberAround(record, name, start, start + value.length);
    record = Buffer.concat([record.subarray(0, from), record.subarray(to)]);
  }
  return record;
}

const COMMA = 0x2c;

/** Start and end of a member with its comma: that before it, or, for the first member, that behind it. */
function memberAround(record: Buffer, name: string, valueStart: number, valueEnd: number): [number, number] {
  const key = record.lastIndexOf(`"${name}"`, valueStart);
  const before = skipSpace(record, key - 1, -1);
  if (record[before] === COMMA) return [before, valueEnd];
  const behind = skipSpace(record, valueEnd, 1);
  return [key, record[behind] === COMMA ? behind + 1 : valueEnd];
}

/** The first byte from `at`, in this direction, that is no white space. */
function skipSpace(bytes: Buffer, at: number, step: 1 | -1): number {
  let i = at;
  while (bytes[i]! <= 0x20) i += step;
  return i;
}
