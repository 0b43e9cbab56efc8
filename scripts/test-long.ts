/** `npm run test:long` runs the long tests. Its last line is `N passed, N failed`. */
import { bitbucket } from '../test/long/bitbucket/all.ts';
import { changing } from '../test/long/changing.ts';
import { crashes } from '../test/long/crashes.ts';
import { everyState, everyStateOfJira } from '../test/long/every-state.ts';
import { faults } from '../test/long/faults.ts';
import { hostile } from '../test/long/hostile.ts';
import { jenkins } from '../test/long/jenkins/all.ts';
import { slowKill } from '../test/long/slow-kill.ts';
import { suites } from '../test/long/suites.ts';

let passed = 0;
let failed = 0;
for (const marathon of [
  everyState,
  everyStateOfJira,
  changing,
  faults,
  slowKill,
  crashes,
  hostile,
  bitbucket,
  jenkins,
  suites,
]) {
  const result = await marathon();
  passed += result.passed;
  failed += result.failed;
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
