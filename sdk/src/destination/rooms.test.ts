import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The folders of the store layer: each imports from those before it, and what stands beside them from all. */
const ORDER = ['names', 'identity', 'copies', 'store', 'sql', 'run', 'batches', 'verbs'];

it('folders of the store layer import in one direction', () => {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  // Tests may put together what they like.
  const files = globSync('*/*.ts', { cwd }).filter((file) => !file.includes('.test'));
  expect(new Set(files.map((file) => file.split('/')[0]))).toEqual(new Set(ORDER));
  const against = files.flatMap((file) => {
    const place = ORDER.indexOf(file.split('/')[0]!);
    return [...readFileSync(cwd + file, 'utf8').matchAll(/from '\.\.\/(\w+)\//g)]
      .filter(([, to = '']) => ORDER.includes(to) && ORDER.indexOf(to) >= place)
      .map(([, to]) => `${file} → ${to}`);
  });
  expect(against).toEqual([]);
});
