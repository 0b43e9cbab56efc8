/** `npm run test:long`: the marathons. Ends with `N passed, N failed`. */
import { crashes } from '../test/long/crashes.ts';

const { passed, failed } = await crashes();
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
