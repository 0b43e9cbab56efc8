import { describe, expect, it } from 'vitest';
import { runTrial, type Trial } from './trial.ts';

/** A small sample of the kills in `npm run test:long`. */
const trials: Trial[] = [
  { by: 'shell', victim: 'source', seed: 101 },
  { by: 'shell', victim: 'destination', seed: 102 },
  { by: 'runner', victim: 'source', seed: 103 },
  { by: 'runner', victim: 'destination', seed: 104 },
  { by: 'runner', victim: 'runner', seed: 105 },
];

describe('kill -9 in the middle of a scan', () => {
  it.each(trials)('of the $victim under the $by: no issue missing, none twice', async (trial) => {
    const outcome = await runTrial(trial);
    expect(outcome).toMatchObject({ missing: 0, duplicated: 0, altered: 0 });
    expect(outcome.runs).toBeGreaterThan(0);
  });
});
