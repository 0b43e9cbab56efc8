import { type Check, CheckSkipped, nameOf } from './check.ts';

/**
 * A test runner's `test` (or `it`): vitest, jest and node:test work. If the runner passes a context with `skip` to
 * the test, checks that do not apply are shown as skipped; otherwise they pass.
 */
export type RegisterTest = (name: string, run: () => Promise<void>, timeoutMs?: number) => unknown;

/** The result of a check. */
export interface CheckResult {
  readonly name: string;
  readonly rules: readonly number[];
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason?: string;
  readonly ms: number;
}

const TIMEOUT_MS = 120_000;

/** Registers one test per check. @param timeoutMs replaces each check's own time limit */
export function registerChecks<Context>(
  test: RegisterTest,
  checks: ReadonlyArray<Check<Context>>,
  run: (check: Check<Context>) => Promise<void>,
  timeoutMs?: number,
): void {
  for (const check of checks) {
    // No named parameter: jest would take it for its `done` callback.
    const body = async (...given: unknown[]): Promise<void> => {
      try {
        await run(check);
      } catch (error) {
        if (!(error instanceof CheckSkipped)) throw error;
        const context = given[0] as { skip?: (why?: string) => void } | undefined;
        if (typeof context?.skip === 'function') context.skip(error.message);
      }
    };
    test(nameOf(check), body as () => Promise<void>, timeoutMs ?? check.timeoutMs ?? TIMEOUT_MS);
  }
}

/** Which checks to run: those for a line of the checklist, or with a matching name. */
export type Only = ReadonlyArray<number | RegExp>;

export function chosen<Context>(
  checks: ReadonlyArray<Check<Context>>,
  only: Only | undefined,
): ReadonlyArray<Check<Context>> {
  if (!only) return checks;
  return checks.filter((check) =>
    only.some((one) => (typeof one === 'number' ? check.rules.includes(one) : one.test(nameOf(check)))),
  );
}

/** Runs checks one after another, without a test runner. */
export async function runChecks<Context>(
  checks: ReadonlyArray<Check<Context>>,
  run: (check: Check<Context>) => Promise<void>,
  onResult?: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const begun = performance.now();
    let outcome: CheckResult['outcome'] = 'passed';
    let reason: string | undefined;
    try {
      await run(check);
    } catch (error) {
      outcome = error instanceof CheckSkipped ? 'skipped' : 'failed';
      reason = error instanceof Error ? error.message : String(error);
    }
    const result = {
      name: nameOf(check),
      rules: check.rules,
      outcome,
      reason,
      ms: performance.now() - begun,
    };
    results.push(result);
    onResult?.(result);
  }
  return results;
}
