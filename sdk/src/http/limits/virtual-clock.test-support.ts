import type { Clock } from '../../runtime/clock.ts';

interface Timer {
  at: number;
  readonly number: number;
  readonly done: () => void;
}

/** A clock that stands still while there is work to do, and then jumps to the next timer. */
export class VirtualClock implements Clock {
  #now: number;
  #timers: Timer[] = [];
  #numbers = 0;

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  get isIdle(): boolean {
    return this.#timers.length === 0;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        this.#timers = this.#timers.filter((t) => t !== timer);
        reject(signal?.reason);
      };
      const done = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const timer: Timer = { at: this.#now + Math.max(0, ms), number: this.#numbers++, done };
      signal?.addEventListener('abort', stop, { once: true });
      let at = this.#timers.length;
      while (at > 0 && this.#timers[at - 1]!.at > timer.at) at--;
      this.#timers.splice(at, 0, timer);
    });
  }

  /** Runs until `work` has ended. Rejects on deadlock, i.e. if nothing is left to wait for. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    for (;;) {
      await settled();
      if (isOver) return work;
      const timer = this.#timers.shift();
      if (!timer) throw new Error('nothing is left to wait for, and the work is not done');
      this.#now = Math.max(this.#now, timer.at);
      timer.done();
    }
  }
}

/** Resolves after all pending promise jobs have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
