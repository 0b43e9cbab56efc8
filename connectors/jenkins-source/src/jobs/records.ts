import { Buffer } from 'node:buffer';
import { Selection } from '@headrace/sdk';
import { LISTS } from './nested.ts';

const OUTER = new Selection({
  records: '.',
  record: { jobs: 'jobs', activeConfigurations: 'activeConfigurations', modules: 'modules' },
});

/** A record without the members that list the items below it, which are records of their own. */
export function withoutLists(bytes: Uint8Array): Buffer {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const page = OUTER.scan(record);
  const members = LISTS.filter((list) => page.has(0, list)).map((list) => {
    const value = page.raw(0, list);
    const start = value.byteOffset - page.bytes.byteOffset;
    return memberAround(record, list, start, start + value.length);
  });
  const parts: Buffer[] = [];
  let from = 0;
  for (const [start, end] of members.sort(([a], [b]) => a - b)) {
    // Two that stand side by side may both claim the comma between them.
    parts.push(record.subarray(from, Math.max(start, from)));
    from = end;
  }
  return parts.length === 0 ? record : Buffer.concat([...parts, record.subarray(from)]);
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
