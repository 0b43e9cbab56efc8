import type { Check } from '../suite/check.ts';
import {
  type CheckResult,
  chosen,
  type Only,
  type RegisterTest,
  registerChecks,
  runChecks,
} from '../suite/register.ts';
import { within } from '../suite/workplace.ts';
import { answerChecks } from './checks/answers.ts';
import { endingChecks } from './checks/ending.ts';
import { faultChecks } from './checks/faults.ts';
import { inputChecks } from './checks/input.ts';
import { readingChecks } from './checks/reading.ts';
import { resumingChecks } from './checks/resuming.ts';
import { troubleChecks } from './checks/trouble.ts';
import { volumeChecks } from './checks/volume.ts';
import type { SourceSuiteOptions } from './options.ts';
import { LIVE_TIMEOUT_MS, openContext, openSuite, type SourceContext } from './suite.ts';

/** All checks of a source, in the order in which they run. */
export const sourceChecks: ReadonlyArray<Check<SourceContext>> = [
  ...answerChecks,
  ...readingChecks,
  ...inputChecks,
  ...endingChecks,
  ...resumingChecks,
  ...faultChecks,
  ...troubleChecks,
  ...volumeChecks,
];

/**
 * Runs the whole conformance suite on a source: registers one test per check with `test`. It starts the
 * source as a process, as platforms do, in front of APIs that `start` makes.
 * ```ts
 * testSource({
 *   test,
 *   command: ['bin/my-source'],
 *   start: async () => {
 *     const api = await startTestApi({ partitions: 5, records: 100 });
 *     return { config: { base_url: api.url, token: api.token }, baseUrl: api.url, stop: api.stop };
 *   },
 *   withBaseUrl: (config, base_url) => ({ ...config, base_url }),
 * });
 * ```
 */
export function testSource(options: SourceSuiteOptions & { readonly test: RegisterTest }): void {
  const suite = openSuite(options);
  const timeoutMs = options.live ? LIVE_TIMEOUT_MS : undefined;
  registerChecks(options.test, sourceChecks, (check) => within(openContext(suite), check.run), timeoutMs);
}

/** The same without a test runner. @param only lines of the checklist, or patterns for names. Default: all */
export function runSourceConformance(
  options: SourceSuiteOptions,
  only?: Only,
  onResult?: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const suite = openSuite(options);
  return runChecks(chosen(sourceChecks, only), (check) => within(openContext(suite), check.run), onResult);
}
