import type { Clock } from '../engine/clock.ts';

/** A clock that moves on when everybody sleeps. */
export function virtualClock(start: number): Clock & { runUntil(end: number): Promise<void> } {
  let now = start;
  const sleepers = new Set<{ readonly until: number; readonly wake: (passed: boolean) => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve(false);
        const sleeper = {
          until: now + ms,
          wake(passed: boolean) {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', stop);
            resolve(passed);
          },
        };
        const stop = () => sleeper.wake(false);
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stop, { once: true });
      }),
    async runUntil(end) {
      for (;;) {
        // Everything that was woken runs until it sleeps again.
        for (let k = 0; k < 3; k++) await new Promise((resolve) => setImmediate(resolve));
        const next = Math.min(...[...sleepers].map(({ until }) => until));
        if (next > end) break;
        now = next;
        for (const sleeper of [...sleepers]) if (sleeper.until <= now) sleeper.wake(true);
      }
      now = end;
    },
  };
}
