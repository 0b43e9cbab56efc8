import type { Clock } from '../engine/clock.ts';
import { createInterrupt } from '../engine/interrupt.ts';
import type { Interrupt } from '../engine/ports.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm, and our own launcher on an old Node, pass on a signal that the terminal has already sent to us. */
const SAME_MS = 500;

/** This process's signals as an interrupt: the first drains, the second kills the source, the third both. */
export function signalInterrupt(clock: Clock): { interrupt: Interrupt; close(): void } {
  const { interrupt, next } = createInterrupt();
  let last = Number.NEGATIVE_INFINITY;
  const listener = (signal: NodeJS.Signals) => {
    const now = clock.now();
    if (now - last < SAME_MS) return;
    last = now;
    // A fourth signal exits at once, whatever still hangs. Children see closed pipes and exit.
    if (interrupt.kill.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    next(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    interrupt,
    close: () => {
      for (const signal of SIGNALS) process.removeListener(signal, listener);
    },
  };
}
