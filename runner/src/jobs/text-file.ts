import { readFileSync } from 'node:fs';

/** A text file as editors write it: UTF-8, with or without a byte order mark, or UTF-16 with one. */
export function readText(path: string): string {
  const bytes = readFileSync(path);
  const mark = bytes.toString('latin1', 0, 2);
  if (mark === '\xff\xfe') return bytes.toString('utf16le', 2);
  if (mark === '\xfe\xff')
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le', 2);
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}
