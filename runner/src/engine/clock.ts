/** The engine gets time as an argument and never asks the system itself (invariant 9). */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or as soon as the signal is aborted: true if the whole time has passed. */
  sleep(ms: number, signal?: AbortSignal): Promise<boolean>;
}

/** What a timer of Node can wait: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. A sleep with a signal does not keep the process alive once it is aborted. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    let left = ms;
    for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS)
      if (!(await timer(LONGEST_TIMER_MS, signal))) return false;
    return timer(left, signal);
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const wake = () => {
      clearTimeout(timeout);
      resolve(false);
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener('abort', wake);
      resolve(true);
    }, ms);
    signal?.addEventListener('abort', wake, { once: true });
  });
}
