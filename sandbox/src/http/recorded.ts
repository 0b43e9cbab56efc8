import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { skipValue, valueAt } from './jsonBytes.ts';

/** The `body` of each line of a recorded file, as the original bytes. */
export function bodies(file: string): Buffer[] {
  const bytes = readFileSync(file);
  const found: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from);
    const line = bytes.subarray(from, end < 0 ? bytes.length : end);
    if (line.length > 0) {
      const at = valueAt(line, 'body');
      found.push(line.subarray(at, skipValue(line, at)));
    }
    from = end < 0 ? bytes.length : end + 1;
  }
  return found;
}

/**
 * The folder of the recordings shipped with the package; works from the sources and from the bundle.
 * @param file one of the recordings that it must hold
 */
export function ownRecordings(file: string): string {
  const candidates = ['../../recorded', '../recorded'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(join(path, file)));
  if (found === undefined) throw new Error(`no recorded answers at ${candidates.join(' or ')}`);
  return found;
}
