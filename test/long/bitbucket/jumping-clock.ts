import { setTimeout as pause } from 'node:timers/promises';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** Real time that must pass without requests before it counts as quiet. */
const QUIET_MS = 3;

/**
 * Time that stands still while work is done, and jumps to the next alarm when there is nothing but waiting: hours of a
 * budget pass in seconds. Pass `now` to the sandbox and `clock` to the source.
 */
export function jumpingClock(start: number) {
  let now = start;
  let alarms: Alarm[] = [];
  const clock = {
    now: () => now,
    sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = (): void => {
          alarms = alarms.filter((one) => one !== alarm);
          reject(signal?.reason);
        };
        const ring = (): void => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const alarm = { at: now + ms, ring };
        signal?.addEventListener('abort', stop, { once: true });
        alarms = [...alarms, alarm];
      }),
  };
  return {
    clock,
    now: () => now,
    /** Lets time jump until the work is done. @param isBusy whether requests are under way */
    async during<T>(work: Promise<T>, isBusy: () => boolean): Promise<T> {
      let isDone = false;
      const done = work.finally(() => {
        isDone = true;
      });
      done.catch(() => {});
      while (!isDone) {
        const before = alarms;
        await pause(QUIET_MS);
        const [next] = alarms.toSorted((a, b) => a.at - b.at);
        if (isBusy() || !next || alarms !== before) continue;
        now = Math.max(now, next.at);
        alarms = alarms.filter((one) => one !== next);
        next.ring();
      }
      return done;
    },
  };
}
