import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareCursors } from '@headrace/sdk/destination';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Contest } from './contest.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-contest-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const key = (id: number): Uint8Array => createHash('sha256').update(String(id)).digest().subarray(0, 16);

interface Line {
  readonly id: number | undefined;
  readonly cursor: string | undefined;
}

/** What stays, worked out on a list. */
function expected(ties: 'first' | 'last', lines: readonly Line[]): number[] {
  return lines.flatMap((line, at) => {
    const beaten = lines.some((other, k) => {
      if (k === at || line.id === undefined || other.id !== line.id) return false;
      const order = compareCursors(other.cursor, line.cursor);
      return order > 0 || (order === 0 && (ties === 'first' ? k < at : k > at));
    });
    return beaten ? [] : [at];
  });
}

it('keeps of each key the line with the greatest cursor, of equal ones the first or the last', () => {
  const line = fc.record({
    id: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    cursor: fc.constantFrom(undefined, '1', '2', '10', '"x"'),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('first' as const, 'last' as const),
      fc.array(line, { maxLength: 30 }),
      (ties, lines) => {
        const contest = new Contest(join(folder, 'scratch.sqlite'), ties);
        try {
          lines.forEach(({ id, cursor }, at) => {
            contest.enter(at, { key: id === undefined ? undefined : key(id), cursor });
          });
          const stays = expected(ties, lines);
          const losers = [...contest.losers(0)];
          expect(lines.map((_, at) => at).filter((at) => !losers.includes(at))).toEqual(stays);
          expect(contest.losses(0, lines.length)).toBe(losers.length);
          expect([...contest.losers(5)]).toEqual(losers.filter((at) => at >= 5));
        } finally {
          contest.close();
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(readdirSync(folder)).toEqual([]);
});
