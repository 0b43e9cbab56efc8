/** `npm run test:long`: the marathons. Ends with `N passed, N failed`. */
import { compactKills } from '../test/long/compact-kills.ts';
import { crashes } from '../test/long/crashes.ts';
import { everyState } from '../test/long/every-state.ts';

let passed = 0;
let failed = 0;
for (const marathon of [everyState, crashes, compactKills]) {
  const result = await marathon();
  passed += result.passed;
  failed += result.failed;
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
