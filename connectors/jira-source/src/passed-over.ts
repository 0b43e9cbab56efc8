import type { Log } from '@headrace/sdk';

/** What the streams of a read left out, by kind; each kind is told once, with its count. */
export interface PassedOver {
  /** Called for each thing left out; `what` is a plural that stays the same: `boards that have no sprints`. */
  add(stream: string, what: string, count?: number): void;
  /** Logs each kind. Called once, when every stream has ended. */
  tell(): void;
}

export function passedOver(log: Log): PassedOver {
  const counts = new Map<string, number>();
  return {
    add: (stream, what, count = 1) => {
      if (count === 0) return;
      const kind = `${stream}: passed over ${what}`;
      counts.set(kind, (counts.get(kind) ?? 0) + count);
    },
    tell: () => {
      for (const [kind, count] of counts) log.info(`${kind} (${count})`);
    },
  };
}
