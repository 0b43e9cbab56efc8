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
import { crashChecks } from './checks/crashes.ts';
import { echoChecks } from './checks/echoes.ts';
import { inputChecks } from './checks/input.ts';
import { modeChecks } from './checks/modes.ts';
import type { DestinationSuiteOptions } from './options.ts';
import { type DestinationContext, openDestinationSuite, openPlace } from './suite.ts';

/** All checks of a destination, in the order in which they run. */
export const destinationChecks: ReadonlyArray<Check<DestinationContext>> = [
  ...answerChecks,
  ...echoChecks,
  ...inputChecks,
  ...modeChecks,
  ...crashChecks,
];

/**
 * Runs the whole conformance suite on a destination: registers one test per check with `test`. The suite starts
 * the destination as a process, as platforms do, and reads back what was stored with `stored`.
 */
export function testDestination(options: DestinationSuiteOptions & { readonly test: RegisterTest }): void {
  const suite = openDestinationSuite(options);
  registerChecks(options.test, destinationChecks, (check) => within(openPlace(suite), check.run));
}

/** The same without a test runner. @param only lines of the checklist, or patterns for names. Default: all */
export function runDestinationConformance(
  options: DestinationSuiteOptions,
  only?: Only,
  onResult?: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const suite = openDestinationSuite(options);
  return runChecks(chosen(destinationChecks, only), (check) => within(openPlace(suite), check.run), onResult);
}
