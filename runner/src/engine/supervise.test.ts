import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import type { ConnectorProcess } from './connector.ts';
import { createInterrupt } from './interrupt.ts';
import { watch } from './supervise.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Time that stands still until it is moved; what is due by then happens in its order. */
function virtualTime() {
  let now = 1_700_000_000_000;
  const sleepers = new Set<{ until: number; wake(passed: boolean): void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const one = { until: now + ms, wake: resolve };
        sleepers.add(one);
        signal?.addEventListener('abort', () => sleepers.delete(one) && resolve(false));
      }),
  };
  async function pass(ms: number): Promise<void> {
    const end = now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = [...sleepers].sort((a, b) => a.until - b.until);
      if (!next || next.until > end) break;
      now = Math.max(now, next.until);
      sleepers.delete(next);
      next.wake(true);
    }
    now = end;
  }
  return { clock, pass };
}

function attempt({ timeoutMs, stallMs = 3 * HOUR }: { timeoutMs?: number; stallMs?: number } = {}) {
  const { clock, pass } = virtualTime();
  const done: string[] = [];
  const end = (name: string): ConnectorProcess => ({
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    exited: new Promise(() => {}),
    terminate: () => void done.push(`${name} asked`),
    kill: () => void done.push(`${name} killed`),
    hasExited: () => false,
    isCutOff: () => false,
  });
  const throttle = { until: 0 };
  const limits = { timeoutMs, stallMs, throttledUntil: () => throttle.until };
  const { interrupt } = createInterrupt();
  const guard = watch(end('source'), end('destination'), limits, { clock, emit: () => {} }, interrupt);
  return { clock, pass, done, guard, throttle };
}

test('without progress an attempt ends after its time: the source is asked, then killed', async () => {
  const { pass, done, guard } = attempt();
  await pass(2 * HOUR);
  guard.moved();
  await pass(3 * HOUR - 1);
  expect(done).toEqual([]);
  await pass(1);
  expect([done, guard.stalled(), guard.timedOut()]).toEqual([['source asked'], true, false]);
  await pass(MINUTE);
  expect(done).toEqual(['source asked', 'source killed']);
});

test('a source that says until when it is throttled has until then, and a day at most', async () => {
  const { clock, pass, done, guard, throttle } = attempt({ stallMs: HOUR });
  throttle.until = clock.now() + 5 * HOUR;
  await pass(6 * HOUR - 1);
  expect(done).toEqual([]);
  guard.moved();
  throttle.until = clock.now() + 1000 * HOUR;
  await pass(25 * HOUR - 1);
  expect(done).toEqual([]);
  await pass(1);
  expect(done).toEqual(['source asked']);
});

test('a destination that commits is not without progress; it has as long as an attempt may be', async () => {
  const { pass, done, guard } = attempt({ stallMs: 2 * HOUR });
  await pass(HOUR);
  guard.destinationClosing();
  await pass(2 * HOUR - 1);
  expect([done, guard.stalled()]).toEqual([[], false]);
  await pass(1);
  expect([done, guard.stalled()]).toEqual([['destination killed'], false]);
});

test('with a short time-out draining and committing are short, too', async () => {
  const { pass, done, guard } = attempt({ timeoutMs: 3000 });
  await pass(3000);
  expect([done, guard.timedOut()]).toEqual([['source asked'], true]);
  await pass(3000);
  expect(done).toEqual(['source asked', 'source killed']);
  guard.destinationClosing();
  await pass(10_000);
  expect(done).toEqual(['source asked', 'source killed', 'destination killed']);
});

test('once it is over nothing is ended any more', async () => {
  const { pass, done, guard } = attempt({ timeoutMs: HOUR });
  guard.end();
  await pass(100 * HOUR);
  expect(done).toEqual([]);
});
