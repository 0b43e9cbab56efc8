import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** All stored lines of a stream under a destination's path, in file order, without open files. */
export function landedLines(root: string, stream: string): Buffer[] {
  const files = existsSync(root)
    ? readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.jsonl(\.gz)?$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => file.includes(`/${stream}/`) || file.endsWith(`/${stream}.jsonl`))
        .filter((file) => !file.includes('/_'))
        .sort()
    : [];
  return files.flatMap((file) => {
    const bytes = readFileSync(file);
    return lines(file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  });
}

function lines(bytes: Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    if (end === -1) throw new Error('a file ends in the middle of a line');
    out.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return out;
}

/** The vendor's payload in a stored line, without the envelope before it and the context fields after it. */
export function vendorBytes(line: Buffer): Buffer {
  const text = line.indexOf('"__run_id":"');
  const from = text === -1 ? 1 : line.indexOf('",', text + 12) + 2;
  const context = line.lastIndexOf(',"updated":"');
  const to = context === -1 ? line.length - 1 : context;
  return Buffer.concat([Buffer.from('{'), line.subarray(from, to), Buffer.from('}')]);
}

export const idOf = (line: Buffer): string => (JSON.parse(line.toString()) as { id: string }).id;
