import { type Backoff, defaultBackoff } from '../http/backoff.ts';
import { defaultPacing, type Pacing } from '../source/pacing.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** HEADRACE_STATE_INTERVAL_MS: hidden, for tests: a STATE after so many ms, whatever its size. */
export function pacingOf(env: Env): Pacing {
  const ms = numberOf(env.HEADRACE_STATE_INTERVAL_MS);
  return ms === undefined ? defaultPacing : { atLeast: ms, atMost: ms };
}

/** HEADRACE_BACKOFF_MS: hidden, for tests: the first wait before a request is sent again. */
export function backoffOf(env: Env, usual = defaultBackoff): Backoff {
  const ms = numberOf(env.HEADRACE_BACKOFF_MS);
  return ms === undefined ? usual : { ...usual, firstMs: ms, maxMs: 16 * ms };
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || text === '' || !Number.isFinite(value) ? undefined : value;
}
