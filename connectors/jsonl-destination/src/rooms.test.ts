import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Each folder imports from those before it, never from those behind it; what stands beside them imports from all. */
const ORDER = [
  ...['disk', 'journal', 'lines', 'files', 'tables'],
  ...['repair', 'rewrite', 'verify', 'place', 'store', 'verbs'],
];
/** Types that all of them share. */
const SHARED = new Set(['config.ts']);

const src = fileURLToPath(new URL('.', import.meta.url));
const roomOf = (path: string): number => ORDER.indexOf(path.split('/')[0]!);

it('folders import in one direction', () => {
  const files = globSync('*/*.ts', { cwd: src });
  expect(new Set(files.map(roomOf))).toEqual(new Set(ORDER.keys()));
  const against: string[] = [];
  for (const file of files) {
    for (const [, up = ''] of readFileSync(src + file, 'utf8').matchAll(/from '\.\.\/([^']+)'/g)) {
      const isShared = SHARED.has(up);
      if (!isShared && (roomOf(up) === -1 || roomOf(up) >= roomOf(file))) against.push(`${file} → ${up}`);
    }
  }
  expect(against).toEqual([]);
});
