import { skipString } from './jsonBytes.ts';
import { type ByteWriter, byteWriter, put, reserve, written } from './writer.ts';

/** Line end of a pretty-printed answer. */
export type LineEnd = '\n' | '\r\n';

/**
 * Pretty-prints JSON bytes without parsing them. Only adds white space between tokens, two spaces per level.
 * @param depth nesting level of the value in a larger text; applies to all lines but the first
 */
export function prettyPrinted(json: Buffer, lineEnd: LineEnd, depth = 0): Buffer {
  const out = byteWriter(json.length * 2);
  let level = depth;
  for (let i = 0; i < json.length; ) {
    const byte = json[i]!;
    if (byte === 0x22) {
      const until = skipString(json, i);
      put(out, json.subarray(i, until));
      i = until;
      continue;
    }
    const opens = byte === 0x7b || byte === 0x5b;
    const closes = byte === 0x7d || byte === 0x5d;
    const empty = (opens && isClose(json[i + 1])) || (closes && isOpen(json[i - 1]));
    if (closes && !empty) newLine(out, lineEnd, --level);
    reserve(out, 2);
    out.bytes[out.length++] = byte;
    if (byte === 0x3a) out.bytes[out.length++] = 0x20;
    if (opens && !empty) newLine(out, lineEnd, ++level);
    if (byte === 0x2c) newLine(out, lineEnd, level);
    i++;
  }
  return written(out);
}

function isOpen(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function isClose(byte: number | undefined): boolean {
  return byte === 0x7d || byte === 0x5d;
}

function newLine(out: ByteWriter, lineEnd: LineEnd, level: number): void {
  const blanks = level * 2;
  reserve(out, blanks + 2);
  out.length += out.bytes.write(lineEnd, out.length, 'latin1');
  out.bytes.fill(0x20, out.length, out.length + blanks);
  out.length += blanks;
}
