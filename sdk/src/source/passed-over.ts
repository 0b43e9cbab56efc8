import type { Log } from '../runtime/log.ts';

/** What the streams of a read skipped, by kind. Each kind is logged once, with its count. */
export interface PassedOver {
  /** Counts something that was skipped. `what` is a plural, the same text each time: `boards that have no sprints`. */
  add(stream: string, what: string, count?: number): void;
  /** Logs each kind. Called once, after all streams have ended. */
  tell(): void;
}

/** Counts what the streams of one read skip. Call it once per read, in `open`. */
export function passedOver(log: Log): PassedOver {
  const counts = new Map<string, number>();
  return {
    add: (stream, what, count = 1) => {
      if (count === 0) return;
      const kind = `${stream}: skipped ${what}`;
      counts.set(kind, (counts.get(kind) ?? 0) + count);
    },
    tell: () => {
      for (const [kind, count] of counts) log.info(`${kind} (${count})`);
    },
  };
}
