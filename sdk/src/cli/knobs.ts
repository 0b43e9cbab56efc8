import { type Backoff, defaultBackoff } from '../http/backoff.ts';
import { MachineBudget } from '../http/limits/machine-budget.ts';
import { defaultPacing, type Pacing } from '../source/pacing.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** HEADRACE_STATE_INTERVAL_MS (undocumented, for tests): emit a STATE every so many ms, regardless of its size. */
export function pacingOf(env: Env): Pacing {
  const ms = numberOf(env.HEADRACE_STATE_INTERVAL_MS);
  return ms === undefined ? defaultPacing : { atLeast: ms, atMost: ms };
}

/** HEADRACE_BACKOFF_MS (undocumented, for tests): how long to wait before the first retry, in ms. */
export function backoffOf(env: Env, usual = defaultBackoff): Backoff {
  const ms = numberOf(env.HEADRACE_BACKOFF_MS);
  return ms === undefined ? usual : { ...usual, firstMs: ms, maxMs: 16 * ms };
}

/** HEADRACE_BUDGET, set by the runner: the file of a budget of requests that the jobs of this machine share. */
export function machineBudgetOf(env: Env): MachineBudget | undefined {
  return env.HEADRACE_BUDGET ? new MachineBudget(env.HEADRACE_BUDGET) : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || text === '' || !Number.isFinite(value) ? undefined : value;
}
