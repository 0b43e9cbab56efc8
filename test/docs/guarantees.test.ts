import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const page = readFileSync(join(docs, 'guarantees.md'), 'utf8');
const rows = [...page.matchAll(/^\| ([1-9]) \| (.*?) \| (.*?) \| (.*) \|$/gm)];

const linked = (cell: string): string[] => [...cell.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path);
const read = (path: string): string => readFileSync(join(docs, path), 'utf8');

/** The invariant numbers cited in comments: `invariant 8`, `invariants 2 and 3`, `invariants 1, 5`. */
function cited(text: string): number[] {
  const found = text.match(/invariants? \d(?:(?:,| and) \d)*/g) ?? [];
  return found.flatMap((words) => (words.match(/\d/g) ?? []).map(Number));
}

it('docs/guarantees.md lists nine invariants', () => {
  expect(rows.map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

describe.each(
  rows.map(([, number, , enforced, tested]) => ({ number, enforced: enforced!, tested: tested! })),
)('invariant $number', ({ number, enforced, tested }) => {
  it.each(linked(enforced))('is cited in %s', (file) => {
    expect(cited(read(file))).toContain(Number(number));
  });

  it('is tested by the quoted tests', () => {
    // Each link is followed by the quoted names of tests in that file.
    const parts = [...tested.matchAll(/\]\(([^)]+)\)((?: “[^”]+”,?)*)/g)];
    expect(parts.length).toBeGreaterThan(0);
    for (const [, file = '', names = ''] of parts) {
      const text = read(file);
      for (const [, name = ''] of names.matchAll(/“([^”]+)”/g)) expect(text).toContain(name);
    }
  });
});
