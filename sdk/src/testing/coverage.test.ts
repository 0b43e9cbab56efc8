import { expect, it } from 'vitest';
import { conformanceOf } from './index.ts';

const rulesOf = (kind: 'source' | 'destination'): Set<number> =>
  new Set(conformanceOf(kind).checks.flatMap(({ rules }) => rules));

it('every line of the checklist is looked at by one of the suites, or says where else', () => {
  const both = new Set([...rulesOf('source'), ...rulesOf('destination')]);
  const missing = Array.from({ length: 70 }, (_, i) => i + 1).filter((rule) => !both.has(rule));
  expect(missing).toEqual([1, 2, 3, 4, 66, 67, 68, 69, 70]);
});

it.each(['source', 'destination'] as const)('names of the checks of a %s are told apart', (kind) => {
  const { checks, notCovered } = conformanceOf(kind);
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
  for (const { name } of checks) expect(name).toMatch(/^\[\d+(, \d+)*\] \S/);
  expect(notCovered.every(({ rule, why }) => rule >= 1 && rule <= 70 && why.length > 5)).toBe(true);
});
