import type { Result } from '../result.ts';
import { budget } from './budget.ts';
import { changing } from './changing.ts';
import { everyState } from './every-state.ts';
import { faults } from './faults.ts';
import { kills } from './kills.ts';
import { scale } from './scale.ts';

/** bitbucket-source against the sandbox's Bitbucket. */
export async function bitbucket(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  for (const marathon of [everyState, changing, faults, budget, kills, scale]) {
    const { passed, failed } = await marathon();
    result.passed += passed;
    result.failed += failed;
  }
  return result;
}
