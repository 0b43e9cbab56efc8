import { judge, type Result } from '../result.ts';
import { sentenceOf } from './compare.ts';
import { jumpingClock } from './jumping-clock.ts';
import { worldOf } from './world.ts';

const AMOUNTS = { repositories: 40, commits: 6000, pullRequests: 1000, pipelines: 400, seed: 71 };
const PER_HOUR = 1000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 20, 9);

/** How a credential learns of its budget. */
const CASES = [
  // API tokens get bare 429s, so the option says how many requests there are.
  { name: 'API token, requests_per_hour', token: false, config: { requests_per_hour: PER_HOUR } },
  { name: 'API token that does not know its budget', token: false, config: {} },
  { name: 'access token, whose answers tell the budget', token: true, config: {} },
] as const;

/** A first sync with 1,000 requests an hour, on a clock that jumps: everything lands, and hardly a request is refused. */
export async function budget(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  for (const { name, token, config } of CASES) {
    const time = jumpingClock(START);
    const world = await worldOf({ ...AMOUNTS, clock: time.now, requestsPerHour: PER_HOUR });
    const { bitbucket } = world;
    const credentials = { auth_type: 'access_token', access_token: bitbucket.workspaceToken };
    const options = {
      clock: time.clock,
      env: { HEADRACE_BACKOFF_MS: '' },
      config: { ...config, ...(token && { credentials, workspaces: ['headrace'] }) },
    };
    const { code, messages, errors } = await time.during(
      world.sync(options),
      () => bitbucket.stats().atOnce > 0,
    );
    const { requests, throttled } = bitbucket.stats();
    const hours = (time.now() - START) / HOUR;
    const least = Math.ceil((requests - throttled) / PER_HOUR) - 1;
    const waits = messages.filter(
      (one) =>
        one.type === 'TRACE' && one.trace.type === 'STREAM_STATUS' && one.trace.stream_status.reasons?.length,
    ).length;
    const wrong = world.compare().filter(({ missing, extra, twice }) => missing + extra + twice > 0);
    judge(
      result,
      code === 0 && wrong.length === 0 && waits > 0 && hours <= least + 1.1 && throttled <= 30 * (least + 1),
      `${PER_HOUR} requests an hour, ${name}: exit ${code}, ${requests} requests, ${throttled} of them refused, in ${hours.toFixed(2)} hours ` +
        `(at least ${least}), ${waits} waits told; ${wrong.map(sentenceOf).join('; ') || 'nothing missing, extra or twice'}${errors.map(({ message }) => `; ${message}`).join('')}`,
    );
    await bitbucket.close();
  }
  return result;
}
