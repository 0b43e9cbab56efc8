/** Time as an argument: the engine never asks the system itself (invariant 9). */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or as soon as the signal is aborted: true where the whole time has passed. */
  sleep(ms: number, signal?: AbortSignal): Promise<boolean>;
}

/** The machine's clock. A sleep with a signal does not keep the process alive once it is aborted. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve(false);
      const wake = () => {
        clearTimeout(timer);
        resolve(false);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', wake);
        resolve(true);
      }, ms);
      signal?.addEventListener('abort', wake, { once: true });
    }),
};
