import type { Result } from '../result.ts';
import { jenkinsChanging } from './changing.ts';
import { jenkinsFaults } from './faults.ts';
import { jenkinsFinishing } from './finishing.ts';
import { jenkinsKills, jenkinsStates } from './kills.ts';
import { jenkinsScale } from './scale.ts';
import { jenkinsStapler } from './stapler.ts';

/** All marathons of jenkins-source. */
export async function jenkins(): Promise<Result> {
  const sum = { passed: 0, failed: 0 };
  for (const marathon of [
    jenkinsFinishing,
    jenkinsFaults,
    jenkinsStates,
    jenkinsKills,
    jenkinsChanging,
    jenkinsStapler,
    jenkinsScale,
  ]) {
    const { passed, failed } = await marathon();
    sum.passed += passed;
    sum.failed += failed;
  }
  return sum;
}
