import { expect, it } from 'vitest';
import { makeRunId } from './names.ts';

it('a run id sorts by time and is different for two runs of one moment', () => {
  const at = Date.UTC(2026, 10, 20, 9, 8, 7, 654);
  expect(makeRunId(at, () => 0.5)).toBe('20261120-090807654-80000000');
  expect(makeRunId(at, () => 0)).not.toBe(makeRunId(at, () => 0.99));
  expect(makeRunId(at + 1, () => 0) > makeRunId(at, () => 0.99)).toBe(true);
});
